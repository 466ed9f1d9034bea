/* Who is in the room: the panel beside the log, and the other one of a room of two above it. */

import { $, make, page, paintAvatar, setRows, setStatus, setText, wordsOf } from './dom.js';

function newRow(id) {
  const avatar = make('span', { class: 'avatar', 'aria-hidden': 'true' });
  paintAvatar(avatar, id);
  return make('li', { 'data-person': id }, make('span', { class: 'face' }, avatar, make('span', { class: 'dot' })),
    make('span', { class: 'who' }, make('strong', {}), make('span', {})));
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
    const row = old.get(person.id) ?? newRow(person.id);
    setStatus(row.querySelector('.dot'), person);
    setStatus(row, person);
    setText(row.querySelector('strong'), person.you ? `${person.id} (you)` : person.id);
    setText(row.querySelector('.who span'), wordsOf(person));
    return row;
  }));
}

/* Above a conversation of two: who the other one is. */
export function renderOther(other) {
  const line = $('room-with');
  line.hidden = !other;
  if (other) {
    const dot = line.querySelector('.dot') ?? line.appendChild(make('span', { class: 'dot' }));
    setStatus(dot, other);
    const text = line.querySelector('.words') ?? line.appendChild(make('span', { class: 'words' }));
    setText(text, `${other.id}: ${wordsOf(other)}`);
  }
}

/* `changed()`: it was opened or closed. */
export function bindPeople(changed) {
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
  $('people').addEventListener('keydown', (event) => event.key === 'Escape' && close());
  page.dataset.people = matchMedia('(min-width: 1100px)').matches ? 'open' : 'closed';
}
