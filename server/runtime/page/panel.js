/* Who is in the room: the panel beside the log, and the other one of a room of two above it. */

import { $, icon, make, page, paintAvatar, setRows, setStatus, setText, wordsOf } from './dom.js';

const overlaid = matchMedia('(max-width: 999px)'); // over the conversation, as style.css has it

/* A name opens the chat with whom it is of; not one's own. */
function newRow({ id, name, you }) {
  const avatar = make('span', { class: 'avatar', 'aria-hidden': 'true' });
  paintAvatar(avatar, id, name);
  const parts = [make('span', { class: 'face' }, avatar, make('span', { class: 'dot' })),
    make('span', { class: 'who' }, make('strong', {}), make('span', {}))];
  return make('li', { 'data-person': id }, you ? make('div', {}, ...parts)
    : make('button', { type: 'button', 'data-other': id, title: `Write to ${name}` }, ...parts, icon('icon-write')));
}

/* null: it is not known who is here. */
export function renderPeople(people) {
  const open = people !== null && page.dataset.people === 'open';
  $('people-open').hidden = people === null;
  $('people').hidden = !open;
  $('people-open').setAttribute('aria-expanded', String(open));
  if (people === null) {
    return;
  }
  setText($('people-open').lastChild, `${people.here} here`);
  setText($('people-title'), `${people.here} here`);
  setText($('people-note'), people.note || (people.more ? 'The first ones of many.' : ''));
  $('people-note').hidden = $('people-note').textContent === '';
  const list = $('people-list');
  const old = new Map([...list.children].map((row) => [row.dataset.person, row]));
  setRows(list, people.list.map((person) => {
    const row = old.get(person.id) ?? newRow(person);
    setStatus(row.querySelector('.dot'), person);
    setStatus(row, person);
    setText(row.querySelector('strong'), person.you ? `${person.name} (you)` : person.name);
    setText(row.querySelector('.who span'), wordsOf(person));
    return row;
  }));
}

/* Above a conversation of two: who the other one is, whose name a direct chat has above already. */
export function renderOther(other, direct) {
  const line = $('room-with');
  line.hidden = !other;
  if (other) {
    const dot = line.querySelector('.dot') ?? line.appendChild(make('span', { class: 'dot' }));
    setStatus(dot, other);
    const text = line.querySelector('.words') ?? line.appendChild(make('span', { class: 'words' }));
    setText(text, direct ? wordsOf(other) : `${other.name}: ${wordsOf(other)}`);
  }
}

/* `changed()`: it was opened or closed; `write(id)`: to somebody. */
export function bindPeople({ changed, write }) {
  const people = (open) => {
    page.dataset.people = open ? 'open' : 'closed';
    changed();
  };
  const close = () => {
    people(false);
    $('people-open').focus();
  };
  $('people-open').addEventListener('click', () => people(page.dataset.people !== 'open'));
  $('people-close').addEventListener('click', close);
  $('people-list').addEventListener('click', (event) => {
    const other = event.target.closest('[data-other]')?.dataset.other;
    if (other) {
      page.dataset.people = overlaid.matches ? 'closed' : page.dataset.people;
      write(other);
    }
  });
  $('people').addEventListener('keydown', (event) => event.key === 'Escape' && close());
  page.dataset.people = matchMedia('(min-width: 1100px)').matches ? 'open' : 'closed';
}
