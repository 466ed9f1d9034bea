/* What the page shows: a function of one model, put into the document by the smallest change.
 *
 *   app.js -- render(model) --> document -- what the person does --> handlers of bind() --> app.js
 *
 * Knows nothing of the connection or the storage. What people wrote goes in as text only, never as
 * markup. The rows of the log are kept by key, so that a message on its way from "waiting" to its
 * place in the room's order stays the same element. */

const GROUP_MS = 5 * 60000; // messages of one sender within it stand together
const END_PX = 48; // this close to the end is at the end
const OLDER_PX = 600; // this close to the beginning, older messages are fetched
const AVATAR_HUES = [280, 245, 200, 165, 135, 60, 25, 335]; // of one lightness: white is readable on all

const $ = (id) => document.getElementById(id);
const page = document.documentElement;
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const EMOJI = /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\u{fe0f}\u{200d}\u{1f3fb}-\u{1f3ff}]*\s*){1,6}$/u;

const STATES = { acked: 'Sent', waiting: 'Waiting to be sent', failed: 'Not sent' };
const FAILURES = {
  denied: 'Not sent: you may not write in this room.',
  too_large: 'Not sent: it is too long.',
  conflict: 'Not sent: another message has its name.',
};

/* Sets only what differs: an assignment of the same text would still disturb a screen reader. */
function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function icon(id) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#${id}`);
  svg.append(use);
  return svg;
}

function paintAvatar(node, name) {
  const sum = [...name].reduce((hash, letter) => (hash * 31 + letter.codePointAt(0)) >>> 0, 7);
  setText(node, name.replace(/[^A-Za-z0-9]/g, '').slice(0, 2) || '?');
  node.style.setProperty('--hue', AVATAR_HUES[sum % AVATAR_HUES.length]);
}

// --- The log: from entries to items, from items to rows --------------------------------------------

/* The items of a room in order: days, joins, messages and the line above what is new. Each has a key
 * that stays while the thing it shows stays. */
export function itemsOf({ entries, pending, user, newFrom }) {
  const items = [];
  let day = '';
  let previous = null;
  const put = (item) => {
    const itsDay = new Date(item.at).toDateString();
    if (itsDay !== day) {
      day = itsDay;
      items.push({ key: `day ${itsDay}`, kind: 'day', at: item.at });
      previous = null;
    }
    item.first = !(previous?.kind === 'message' && item.kind === 'message' &&
      previous.sender === item.sender && item.at - previous.at < GROUP_MS);
    item.last = true;
    if (!item.first) {
      previous.last = false;
    }
    items.push(item);
    previous = item;
  };
  for (const entry of entries) {
    const { seq, timestamp: at } = entry;
    if (newFrom && seq >= newFrom && entry.type === 'message' && entry.senderId !== user) {
      newFrom = 0;
      items.push({ key: 'new', kind: 'new' });
      previous = null;
    }
    if (entry.type === 'room_event') {
      if (entry.event !== 'join' && entry.event !== 'leave') {
        continue; // of a kind that this page does not know: it has its place, and nothing to show
      }
      put({ key: `seq ${seq}`, kind: 'event', at, seq, sender: entry.userId, event: entry.event });
    } else {
      const mine = entry.senderId === user;
      const key = mine && entry.clientId ? `own ${entry.clientId}` : `seq ${seq}`;
      put({ key, kind: 'message', at, seq, sender: entry.senderId, mine, text: entry.content, state: 'acked' });
    }
  }
  for (const { message, state } of pending) {
    const { clientId, content } = message.frame;
    put({ key: `own ${clientId}`, kind: 'message', at: message.at, sender: user, mine: true,
      text: content, state, code: message.code, clientId });
  }
  return items;
}

function messageRow(item) {
  const avatar = make('span', { class: 'avatar', 'aria-hidden': 'true' });
  paintAvatar(avatar, item.sender);
  const text = make('p', { class: 'text', dir: 'auto' }, item.text);
  const meta = make('span', { class: 'meta' }, make('time'));
  if (item.mine) {
    const state = icon('icon-waiting');
    state.setAttribute('role', 'img');
    meta.append(state);
  }
  const bubble = make('div', { class: 'bubble' },
    make('span', { class: 'sender' }, item.mine ? 'You' : item.sender),
    make('div', { class: 'line' }, text, meta));
  const row = make('li', {}, avatar, bubble);
  row.toggleAttribute('data-mine', item.mine);
  row.toggleAttribute('data-emoji', EMOJI.test(item.text));
  return row;
}

function troubleOf(item) {
  const again = make('button', { type: 'button', class: 'link', 'data-action': 'retry' }, 'Try again');
  const away = make('button', { type: 'button', class: 'link', 'data-action': 'discard' }, 'Delete');
  const why = FAILURES[item.code] ?? 'Not sent.';
  return make('div', { class: 'trouble' }, make('span', {}, why), make('span', {}, again, away));
}

function updateMessage(row, item) {
  row.toggleAttribute('data-first', item.first);
  row.toggleAttribute('data-last', item.last);
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

function newRow(item) {
  switch (item.kind) {
    case 'day':
      return make('li', {}, make('span', {}, dayFormat.format(item.at)));
    case 'new':
      return make('li', {}, make('span', {}, 'New'));
    case 'event':
      return make('li', {}, make('span', {},
        make('strong', {}, item.sender), item.event === 'join' ? ' joined' : ' left'));
    default:
      return messageRow(item);
  }
}

/* Rows that stay are not touched, so that a selection in them and the reading voice stay, too. */
function patchLog(items) {
  const log = $('log');
  let at = log.firstChild;
  const keys = new Set(items.map((item) => item.key));
  const old = new Map();
  for (const row of [...log.children]) {
    if (keys.has(row.dataset.key)) {
      old.set(row.dataset.key, row);
    } else {
      at = at === row ? row.nextSibling : at;
      row.remove();
    }
  }
  for (const item of items) {
    let row = old.get(item.key);
    if (!row) {
      row = newRow(item);
      row.dataset.key = item.key;
      row.dataset.kind = item.kind;
    }
    if (item.kind === 'message') {
      updateMessage(row, item);
    }
    if (row === at) {
      at = at.nextSibling;
    } else {
      log.insertBefore(row, at);
    }
  }
}

// --- Scrolling --------------------------------------------------------------------------------------

const scroller = $('scroller');
let sticky = true; // at the end, and to be kept there
let shownRoom = null;

const OWN_SCROLL_MS = 250; // the event comes with the next frame
let ownScrollAt = -Infinity;

const scrollTo = (top) => {
  ownScrollAt = performance.now();
  scroller.scrollTop = top;
};
const toEnd = () => scrollTo(scroller.scrollHeight);
const measureSticky = () => {
  sticky = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < END_PX;
};

export const atEnd = () => sticky;
/* Whether a scrolling of this moment is the page's: a message that comes moves the log, and nobody did it. */
export const scrollsItself = () => performance.now() - ownScrollAt < OWN_SCROLL_MS;
export const scrollToEnd = () => { sticky = true; toEnd(); };

/* The first row in sight and where it stands: it shall stand there afterwards. */
function anchor() {
  const top = scroller.getBoundingClientRect().top;
  const row = [...$('log').children].find((child) => child.getBoundingClientRect().bottom > top);
  return row && { row, y: row.getBoundingClientRect().top };
}

function renderLog(room) {
  const log = $('log');
  const changed = shownRoom !== room.id;
  const held = sticky || changed ? null : anchor();
  // Another room's messages and older ones are not news to be read out.
  log.setAttribute('aria-busy', String(changed || room.prepends));
  if (changed) {
    log.replaceChildren();
    shownRoom = room.id;
    sticky = true;
  }
  patchLog(room.items);
  setText($('older'), room.older);
  if (sticky) {
    toEnd();
  } else if (held?.row.isConnected) {
    scrollTo(scroller.scrollTop + held.row.getBoundingClientRect().top - held.y);
  }
  if (changed || room.prepends) {
    setTimeout(() => log.setAttribute('aria-busy', 'false'));
  }
}

function renderJump(unread) {
  const button = $('jump');
  button.hidden = sticky;
  setText(button.firstElementChild, unread > 0 ? `${unread} new` : '');
  button.setAttribute('aria-label', unread > 0 ? `${unread} new, go to the end` : 'Go to the end');
}

// --- The rest of the page ---------------------------------------------------------------------------

const badge = (count) => (count > 99 ? '99+' : String(count));

function renderRooms(rooms, current) {
  const list = $('room-list');
  const old = new Map([...list.children].map((row) => [row.dataset.room, row]));
  const rows = rooms.map(({ id, unread, entering, other }) => {
    let row = old.get(id);
    if (!row) {
      row = make('li', { 'data-room': id }, make('button', { type: 'button' },
        make('span', { class: 'hash', 'aria-hidden': 'true' }, '#'),
        make('span', { class: 'dot' }), make('span', { class: 'name' }, id),
        make('span', { class: 'count' })));
    }
    const button = row.firstChild;
    const count = button.lastChild;
    button.toggleAttribute('data-unread', unread > 0);
    setText(count, entering ? 'joining…' : unread > 0 ? badge(unread) : '');
    count.classList.toggle('badge', !entering && unread > 0);
    button.toggleAttribute('data-other', Boolean(other));
    setStatus(button.querySelector('.dot'), other);
    button.title = other ? `${other.id}: ${wordsOf(other)}` : '';
    button.setAttribute('aria-label', id + (other ? `, ${other.id} ${wordsOf(other)}` : '') + (entering ? ', joining' : unread > 0 ? `, ${unread} unread` : ''));
    if (id === current) {
      button.setAttribute('aria-current', 'true');
    } else {
      button.removeAttribute('aria-current');
    }
    return row;
  });
  if (rows.length !== list.children.length || rows.some((row, i) => row !== list.children[i])) {
    list.replaceChildren(...rows);
  }
}

/* The status of somebody, on a dot or a row. */
function setStatus(node, person) {
  const status = person?.unsure ? 'unsure' : person?.status ?? 'offline';
  if (node.dataset.status !== status) {
    node.dataset.status = status;
  }
}

const wordsOf = ({ unsure, word, lines }) => [unsure ? 'Not known now' : word, ...lines].join(' · ');

function personRow(id) {
  const avatar = make('span', { class: 'avatar', 'aria-hidden': 'true' });
  paintAvatar(avatar, id);
  return make('li', { 'data-person': id }, make('span', { class: 'face' }, avatar, make('span', { class: 'dot' })),
    make('span', { class: 'who' }, make('strong', {}), make('span', {})));
}

function renderPeople(people) {
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
  const rows = people.list.map((person) => {
    const row = old.get(person.id) ?? personRow(person.id);
    setStatus(row.querySelector('.dot'), person);
    setStatus(row, person);
    setText(row.querySelector('strong'), person.you ? `${person.id} (you)` : person.id);
    setText(row.querySelector('.who span'), wordsOf(person));
    return row;
  });
  if (rows.length !== list.children.length || rows.some((row, i) => row !== list.children[i])) {
    list.replaceChildren(...rows);
  }
}

/* Above a conversation of two: who the other one is. */
function renderOther(other) {
  const line = $('room-with');
  line.hidden = !other;
  if (other) {
    const dot = line.querySelector('.dot') ?? line.appendChild(make('span', { class: 'dot' }));
    setStatus(dot, other);
    const text = line.querySelector('.words') ?? line.appendChild(make('span', { class: 'words' }));
    setText(text, `${other.id}: ${wordsOf(other)}`);
  }
}

function renderBanner(banner) {
  $('banner').hidden = !banner;
  setText($('banner-text'), banner?.text ?? '');
  $('banner-retry').hidden = !banner?.action;
  setText($('banner-retry'), banner?.action ?? '');
}

function renderEmpty(empty) {
  $('empty').hidden = !empty;
  setText($('empty-title'), empty?.title ?? '');
  setText($('empty-text'), empty?.text ?? '');
  setText($('empty-action'), empty?.action ?? '');
}

const LABELS = { online: 'Online', connecting: 'Connecting…', offline: 'Offline' };

export function render(model) {
  page.dataset.view = 'chat';
  page.dataset.connection = model.connection;
  document.title = model.title;
  setText($('me'), model.user);
  paintAvatar($('me-avatar'), model.user);
  setText($('connection'), model.connection === 'online' ? model.me.line : LABELS[model.connection]);
  page.dataset.me = model.me.status;
  setText($('idle-warning'), model.idleWarning);
  $('idle-warning').hidden = model.idleWarning === '';
  renderPeople(model.people ?? null);
  renderOther(model.room?.other);
  renderBanner(model.banner);
  renderEmpty(model.empty);
  renderRooms(model.rooms, model.room?.id);
  $('drawer-unread').hidden = model.unreadElsewhere === 0;
  setText($('drawer-unread'), badge(model.unreadElsewhere));
  setText($('room-error'), model.roomError);
  setText($('room-title'), model.room?.id ?? '');
  $('leave').hidden = !model.room;
  $('composer').hidden = scroller.hidden = !model.room;
  if (model.room) {
    renderLog(model.room);
    renderJump(model.room.unread);
    renderCounter(model.limit);
  } else {
    $('jump').hidden = true;
  }
}

/* Whether the beginning of what is there is in sight, so that more should be. */
export const wantsOlder = () => scroller.scrollTop < OLDER_PX;

export function renderCounter({ used, most, near }) {
  const left = most - used;
  $('counter').hidden = left > near;
  setText($('counter'), left > near ? '' : left >= 0 ? `${left} bytes left` : `${-left} bytes too long`);
  $('counter').toggleAttribute('data-over', left < 0);
  $('send').disabled = used === 0 || left < 0;
}

// --- Signing in, the drawer, a question -------------------------------------------------------------

export function renderSignIn({ name = '', problem = '', token = false, hint = '', busy = false }) {
  page.dataset.view = 'signin';
  document.title = 'Hubbub';
  shownRoom = null;
  drawer(false);
  $('name-field').hidden = token;
  $('token-field').hidden = !token;
  setText($('signin-hint'), hint);
  setText($('signin-error'), problem);
  $('signin-button').disabled = busy;
  if (name && !$('name').value) {
    $('name').value = name;
  }
  const field = $(token ? 'token' : 'name');
  field.setAttribute('aria-invalid', String(problem !== ''));
  if (!busy) {
    field.focus();
  }
}

const narrow = matchMedia('(max-width: 719px)');

/* On a narrow screen the rooms are a drawer over the conversation, which rests meanwhile. */
export function drawer(open) {
  const shown = open && narrow.matches;
  const moved = shown !== (page.dataset.drawer === 'open');
  page.dataset.drawer = shown ? 'open' : 'closed';
  $('drawer-open').setAttribute('aria-expanded', String(shown));
  $('sidebar').inert = narrow.matches && !shown;
  $('room').inert = shown;
  if (moved && shown) {
    ($('room-list').querySelector('[aria-current]') ?? $('drawer-close')).focus();
  } else if (moved && narrow.matches && !$('room').contains(document.activeElement)) {
    $('drawer-open').focus();
  }
}

/* To where the person goes on: a phone would open its keyboard at once, so there it is the title. */
export function focusRoom() {
  (narrow.matches ? $('room-title') : $('text')).focus({ preventScroll: true });
}

/* Asks before what cannot be undone; gives whether to go on. */
export function ask(question, verb) {
  const dialog = $('ask');
  setText($('ask-text'), question);
  setText($('ask-yes'), verb);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

// --- The own status ---------------------------------------------------------------------------------

const QUIETS = [['none', 'Off'], ['30', 'For 30 minutes'], ['60', 'For 1 hour'], ['240', 'For 4 hours'],
  ['morning', 'Until the morning']];

export function openStatus({ chosen, line, quietUntil }) {
  const form = $('status-form');
  form.elements.status.value = chosen;
  $('status-text').value = line;
  setText($('status-problem'), '');
  const quiets = quietUntil > 0 ? [['keep', `Until ${clockFormat.format(quietUntil)}`], ...QUIETS] : QUIETS;
  $('status-quiet').replaceChildren(...quiets.map(([value, text]) => make('option', { value }, text)));
  $('status').returnValue = '';
  $('status').showModal();
}

const statusChosen = () => ({ chosen: $('status-form').elements.status.value,
  line: $('status-text').value, quiet: $('status-quiet').value });

export function setDraft(text) {
  $('text').value = text;
  growText();
}

function growText() {
  const text = $('text');
  text.style.height = 'auto';
  if (text.scrollHeight > 0) { // else it is not shown: one line is right, until it is
    text.style.height = `${text.scrollHeight}px`;
  }
}

export function bind(handlers) {
  const on = (id, event, run) => $(id).addEventListener(event, run);
  const submit = (id, run) => on(id, 'submit', (event) => {
    event.preventDefault();
    run();
  });
  submit('signin-form', () => {
    const token = $('token').value.trim();
    $('token').value = ''; // it shall not stand there for the next person
    handlers.signIn($('name').value.trim(), token, !$('token-field').hidden);
  });
  submit('room-form', () => {
    if (handlers.enter($('room-input').value.trim())) {
      $('room-input').value = '';
    }
  });
  submit('composer', () => handlers.send($('text').value));
  on('text', 'input', () => {
    growText();
    handlers.draft($('text').value);
  });
  on('text', 'keydown', (event) => {
    // Within a composition of several keys, Enter chooses a word: 229 is how Safari says so.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      handlers.send($('text').value);
    }
  });
  on('room-list', 'click', (event) => {
    const row = event.target.closest('[data-room]');
    if (row) {
      handlers.select(row.dataset.room);
    }
  });
  on('log', 'click', (event) => {
    const action = event.target.closest('[data-action]')?.dataset.action;
    if (action) {
      handlers[action](event.target.closest('[data-client]').dataset.client);
    }
  });
  on('room-input', 'input', handlers.roomTyped);
  on('empty-action', 'click', () => handlers.begin());
  on('banner-retry', 'click', handlers.retryNow);
  on('leave', 'click', handlers.leave);
  on('signout', 'click', handlers.signOut);
  on('me-button', 'click', handlers.status);
  on('status-form', 'submit', (event) => {
    if (event.submitter?.value === 'save') {
      const problem = handlers.choose(statusChosen());
      setText($('status-problem'), problem);
      if (problem) {
        event.preventDefault();
      }
    }
  });
  on('status-text', 'keydown', (event) => { // the first button of a form would be Cancel
    if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      $('status-save').click();
    }
  });
  const people = (open) => {
    page.dataset.people = open ? 'open' : 'closed';
    handlers.scrolled();
  };
  on('people-open', 'click', () => people(page.dataset.people !== 'open'));
  on('people-close', 'click', () => {
    people(false);
    $('people-open').focus();
  });
  on('people', 'keydown', (event) => event.key === 'Escape' && people(false));
  page.dataset.people = matchMedia('(min-width: 1100px)').matches ? 'open' : 'closed';
  on('jump', 'click', () => {
    scrollToEnd();
    handlers.scrolled();
    $('text').focus({ preventScroll: true });
  });
  on('scroller', 'scroll', () => {
    measureSticky();
    handlers.scrolled();
  });
  on('drawer-open', 'click', () => drawer(true));
  on('drawer-close', 'click', () => drawer(false));
  on('scrim', 'click', () => drawer(false));
  on('sidebar', 'keydown', (event) => event.key === 'Escape' && drawer(false));
  narrow.addEventListener('change', () => drawer(false));
  new ResizeObserver(() => sticky && toEnd()).observe(scroller);
  drawer(false);
}
