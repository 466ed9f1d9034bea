/* The list of rooms, and the field that searches it. One stop of the Tab key: within, the arrow keys go
 * from room to room. */

import { $, make, setAttribute, setRows, setStatus, setText, wordsOf } from './dom.js';
import { found, ordered } from './order.js';

const list = $('room-list');
const search = $('room-search');
let before = []; // ids, as they stand
let hovered = false;
let shown = ''; // what stands there, in short

export const badge = (count) => (count > 99 ? '99+' : String(count));

/* What would move under a hand that is about to choose is held. A finger does not hover. */
const isHeld = () => hovered || list.contains(document.activeElement);

function newRow({ id, direct }) {
  return make('li', { 'data-room': id }, make('button', { type: 'button', tabindex: '-1' },
    make('span', { class: 'dot' }), make('span', { class: 'hash', 'aria-hidden': 'true' }, direct ? '@' : '#'),
    make('span', { class: 'name' }),
    make('span', { class: 'count' })));
}

const looksOf = ({ id, name, unread, entering, other }, current) => [id, name, unread, entering, id === current,
  other && [other.id, other.unsure, other.status, wordsOf(other)]].join();

function update(row, room, current) {
  const { id, name, direct, unread, entering, other } = room;
  const looks = looksOf(room, current);
  if (row.dataset.looks === looks) {
    return;
  }
  row.dataset.looks = looks;
  const words = other ? `${other.name}: ${wordsOf(other)}` : '';
  const button = row.firstChild;
  const count = button.lastChild;
  button.toggleAttribute('data-unread', unread > 0);
  setText(count, entering ? 'joining…' : unread > 0 ? badge(unread) : '');
  count.classList.toggle('badge', !entering && unread > 0);
  setText(button.querySelector('.name'), name);
  button.toggleAttribute('data-with', Boolean(other));
  button.toggleAttribute('data-direct', direct);
  setStatus(button.querySelector('.dot'), other);
  button.title = words;
  setAttribute(button, 'aria-label', [name, direct && 'direct chat',
    other && (direct ? wordsOf(other) : `${other.name} ${wordsOf(other)}`),
    entering ? 'joining' : unread > 0 && `${unread} unread`].filter(Boolean).join(', '));
  if (id === current) {
    button.setAttribute('aria-current', 'true');
  } else {
    button.removeAttribute('aria-current');
  }
}

const buttons = () => [...list.querySelectorAll('button')];

/* The one of them that the Tab key comes to. */
function rove(to) {
  for (const button of list.querySelectorAll('[tabindex="0"]')) {
    button.tabIndex = -1;
  }
  if (to) {
    to.tabIndex = 0;
  }
}

export function renderRooms(rooms, current) {
  const held = isHeld();
  const looks = [held, search.value, ...rooms.map((room) => looksOf(room, current))].join('\n');
  if (looks === shown) {
    return;
  }
  shown = looks;
  const all = ordered(rooms, { before, held });
  before = all.map(({ id }) => id);
  const old = new Map([...list.children].map((row) => [row.dataset.room, row]));
  const rows = found(all, search.value).map((room) => {
    const row = old.get(room.id) ?? newRow(room);
    update(row, room, current);
    return row;
  });
  const focused = document.activeElement;
  setRows(list, rows);
  if (list.contains(focused)) {
    focused.focus(); // its row was moved
  }
  rove(list.contains(focused) ? focused : list.querySelector('[aria-current]') ?? list.querySelector('button'));
  search.parentNode.hidden = rooms.length === 0;
  setText($('room-none'), rooms.length > 0 && rows.length === 0 ? 'No room of yours is called so.' : '');
}

function go(event) {
  const all = buttons();
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) {
    return;
  }
  event.preventDefault();
  if (to < 0) {
    search.focus();
  } else if (to < all.length) {
    rove(all[to]);
    all[to].focus();
  }
}

/* `select(id)`, `changed()`, `leave()`: to where the person goes on. */
export function bindRooms({ select, changed, leave }) {
  const choose = (row) => {
    search.value = '';
    select(row.dataset.room);
  };
  list.addEventListener('click', (event) => {
    const row = event.target.closest('[data-room]');
    if (row) {
      choose(row);
    }
  });
  list.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      leave();
    } else {
      go(event);
    }
  });
  list.addEventListener('pointermove', ({ pointerType }) => { hovered = pointerType === 'mouse'; });
  list.addEventListener('pointerleave', () => {
    hovered = false;
    changed();
  });
  list.addEventListener('focusout', changed);
  search.addEventListener('input', changed);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      list.querySelector('button')?.focus();
    } else if (event.key === 'Enter' && !event.isComposing && list.firstChild) {
      choose(list.firstChild);
    } else if (event.key === 'Escape' && search.value !== '') {
      event.stopPropagation(); // it is not the drawer that is left
      search.value = '';
      changed();
    }
  });
}
