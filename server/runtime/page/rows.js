/* From an item of the log to its row, and what changes in a row while it stands. What people wrote goes in
 * as text only, never as markup. */

import { icon, make, paintAvatar, setText } from './dom.js';
import { linkParts } from './links.js';
import { nameOf } from './names.js';
import { failureOf, missing } from './words.js';

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const EMOJI = /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\u{fe0f}\u{200d}\u{1f3fb}-\u{1f3ff}]*\s*){1,6}$/u;

const STATES = { acked: 'Sent', waiting: 'Waiting to be sent', failed: 'Not sent' };

/* The name of somebody, by which a chat with them opens. */
const nameButton = (id) => make('button', { type: 'button', 'data-other': id, title: `Write to ${nameOf(id)}` }, nameOf(id));

const linked = ({ text, href }) => (href
  ? make('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, text) : text);

function messageRow(item) {
  const avatar = make('span', { class: 'avatar', 'aria-hidden': 'true' });
  paintAvatar(avatar, item.sender, nameOf(item.sender));
  const text = make('p', { class: 'text', dir: 'auto' }, ...linkParts(item.text).map(linked));
  const meta = make('span', { class: 'meta' }, make('time'));
  if (item.mine) {
    const state = icon('icon-waiting');
    state.setAttribute('role', 'img');
    meta.append(state);
  }
  const bubble = make('div', { class: 'bubble' },
    make('span', { class: 'sender' }, item.mine ? 'You' : nameButton(item.sender)),
    make('div', { class: 'line' }, text, meta));
  const row = make('li', {}, avatar, bubble);
  row.toggleAttribute('data-mine', item.mine);
  row.toggleAttribute('data-emoji', EMOJI.test(item.text));
  return row;
}

function troubleOf(item) {
  const button = (action, word) =>
    make('button', { type: 'button', class: 'link', 'data-action': action }, word);
  return make('div', { class: 'trouble' }, make('span', {}, failureOf(item.code, item.other)),
    make('span', {}, button('retry', 'Try again'), button('copy', 'Copy'), button('discard', 'Delete')));
}

function updateMessage(row, item) {
  row.toggleAttribute('data-first', item.first);
  row.toggleAttribute('data-last', item.last);
  const name = row.querySelector('.sender button');
  if (name) {
    name.tabIndex = item.first ? 0 : -1; // else it is only read out
  }
  const time = row.querySelector('time');
  if (row.dataset.at !== String(item.at)) {
    row.dataset.at = item.at;
    time.dateTime = new Date(item.at).toISOString();
    time.title = fullFormat.format(item.at);
    setText(time, clockFormat.format(item.at));
  }
  if (row.dataset.state === item.state) {
    return;
  }
  row.dataset.state = item.state;
  const state = row.querySelector('.meta svg');
  state?.setAttribute('aria-label', STATES[item.state]);
  state?.firstChild.setAttribute('href', `#icon-${item.state}`);
  row.querySelector('.trouble')?.remove();
  if (item.state === 'failed') {
    row.dataset.client = item.clientId;
    row.append(troubleOf(item));
  }
}

/* ✓ and ✓✓, and who read it: a button, whose names are shown when it is pressed. */
function updateReceipt(row, { receipt }) {
  const short = receipt ? `${receipt.marks} ${receipt.text} ${receipt.names.join(' ')}` : '';
  if (row.dataset.receipt === short || (!receipt && row.dataset.receipt === undefined)) {
    return;
  }
  row.dataset.receipt = short;
  row.querySelector('.receipt')?.remove();
  if (receipt?.names.length > 0) {
    const names = make('span', { class: 'names', hidden: '' }, `Read by ${receipt.names.map(nameOf).join(', ')}`);
    const button = make('button', { type: 'button', class: 'link', 'aria-expanded': 'false' }, receipt.text);
    button.addEventListener('click', () => {
      names.hidden = !names.hidden;
      button.setAttribute('aria-expanded', String(!names.hidden));
    });
    row.append(make('div', { class: 'receipt' }, button, names));
  }
  const state = row.querySelector('.meta svg');
  if (receipt && state) {
    state.setAttribute('aria-label', receipt.text);
    state.firstChild.setAttribute('href', receipt.marks === '✓✓' ? '#icon-arrived' : '#icon-acked');
  }
}

function contentOf(item) {
  switch (item.kind) {
    case 'day':
      return make('li', {}, make('span', {}, dayFormat.format(item.at)));
    case 'new':
      return make('li', {}, make('span', {}, 'New'));
    case 'gap':
      return make('li', {}, make('span', {}));
    case 'event':
      return make('li', {}, make('span', {},
        make('strong', {}, nameOf(item.sender)), item.event === 'join' ? ' joined' : ' left'));
    default:
      return messageRow(item);
  }
}

export function newRow(item) {
  const row = contentOf(item);
  row.dataset.key = item.key;
  row.dataset.kind = item.kind;
  return row;
}

export function updateRow(row, item) {
  if (item.kind === 'message') {
    updateMessage(row, item);
    updateReceipt(row, item);
  }
  if (item.kind === 'gap') {
    setText(row.firstChild, missing(item, item.loads));
  }
  if (item.seq && row.dataset.seq !== String(item.seq)) {
    row.dataset.seq = item.seq;
  }
}
