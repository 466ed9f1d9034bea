/* The glue of the chat page: sign-in, WebSocket, timer and storage around the protocol core, and the
 * model that view.js shows.
 *
 *   view.js -- handlers --> app.js -- inputs --> Client (client.js)
 *          <- render(model) --     <- effects --    |
 *                              WebSocket, clock.js, sessionStorage, localStorage
 *
 * What is kept where. sessionStorage, which is each tab's own: who is signed in, positions, and what
 * was written and not acked. So two tabs can be two people, or one person twice, and neither disturbs
 * the other; a tab that was duplicated sends the same frames under the same ids, which are committed
 * once. localStorage, per person: how far each room was read, which only ever grows.
 *
 * A stored state that is too old is harmless: entries are asked for again, and a resend gets its first
 * ack. Only what was just written has to be stored at once. */

import { CONTENT_BYTES_MAX, CUSTOM_BYTES_MAX, Client, contentBytes, isId } from './client.js';
import { IDLE_CHECK_MS, IDLE_MS, IDLE_WARN_MS, Idle } from './people.js';
import * as view from './view.js';
import * as words from './words.js';

const FIRST_ROOM = 'lobby';
const NEAR_LIMIT_BYTES = 1024; // from here on the rest is shown
const ENTRIES_MAX = 600; // of a room in memory; beyond, it is cut to the half
const RENEW_MS_MAX = 30000; // between attempts to get another token
const MEMBERS_MAX = 256; // of a room, listed
const MEMBERS_PAUSE_MS = 3000; // before members that could not be read are read again
const MINUTE_MS = 60000;
const TAB_KEY = 'hubbub.tab';
const NAME_KEY = 'hubbub.name';
const readsKey = (user) => `hubbub.read.${user}`;
const SIGN_IN_HINT = 'Pick a name to start chatting.';
const TOKEN_HINT = 'Paste the access token that you were given.';

let tab = null; // {user, token, byName, device, current, drafts, saved}
let client = null; // null: nobody is signed in
let socket = null; // {conn, ws} of the last `connect`
let reads = { epoch: '', rooms: {} };
let renewals = 0; // tokens asked for since the last welcome
let renewTimer = 0;
const ui = {}; // what is shown and is not the core's: see begin()

const now = () => performance.now();

// --- Storage: may be switched off, or full; the page works without ----------------------------------

function load(storage, key) {
  try {
    return JSON.parse(storage().getItem(key));
  } catch {
    return null;
  }
}

function store(storage, key, value) {
  try {
    storage().setItem(key, JSON.stringify(value));
  } catch {
    // Then a reload forgets it.
  }
}

const session = () => window.sessionStorage;
const local = () => window.localStorage;

function save() {
  if (tab) {
    tab.saved = client?.snapshot() ?? tab.saved;
    store(session, TAB_KEY, tab);
  }
}

/* Reading goes forward only, so the tabs of one person agree on the greatest. */
function mergeReads(stored) {
  if (stored?.epoch !== reads.epoch) {
    return;
  }
  for (const [id, seq] of Object.entries(stored.rooms)) {
    reads.rooms[id] = Math.max(seq, reads.rooms[id] ?? 0);
  }
}

function saveReads() {
  mergeReads(load(local, readsKey(tab.user)));
  store(local, readsKey(tab.user), reads);
}

/* Not crypto.randomUUID(): it is missing where the page is not served by TLS or from this machine. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_');
}

// --- Signing in and out -----------------------------------------------------------------------------

/* Gives {token}, or {problem} with `noLogin` when names alone are not enough here. */
async function logIn(user) {
  let answer;
  try {
    answer = await fetch('api/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user }),
    });
    if (answer.ok) {
      return { token: (await answer.json()).token };
    }
  } catch {
    return { problem: 'The server does not answer. Please try again.' };
  }
  if (answer.status === 404) {
    return { problem: '', noLogin: true };
  }
  return { problem: answer.status === 400 ? 'This name cannot be used.'
    : `Signing in did not work (${answer.status}). Please try again.` };
}

/* The subject of a token, which the server will verify; '' if it is none. */
function subjectOf(token) {
  try {
    const [, claims] = token.split('.');
    const { sub } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
    return isId(sub) ? sub : '';
  } catch {
    return '';
  }
}

async function signIn(name, token, byToken) {
  if (byToken) {
    const user = subjectOf(token);
    if (user) {
      begin({ user, token, byName: false });
    } else {
      view.renderSignIn({ token: true, hint: TOKEN_HINT, problem: 'This is not an access token.' });
    }
    return;
  }
  if (!isId(name)) {
    view.renderSignIn({ hint: SIGN_IN_HINT, problem: name === '' ? 'Please enter a name.'
      : 'A name has up to 64 letters (a to z), digits, “-” and “_”.' });
    return;
  }
  view.renderSignIn({ hint: SIGN_IN_HINT, busy: true });
  const answer = await logIn(name);
  if (answer.token) {
    store(local, NAME_KEY, name);
    begin({ user: name, token: answer.token, byName: true });
  } else {
    view.renderSignIn({ token: answer.noLogin, problem: answer.problem,
      hint: answer.noLogin ? TOKEN_HINT : SIGN_IN_HINT });
  }
}

/* What the tab holds of the same person goes on; what it holds of another is gone. */
function begin(who) {
  const mine = tab?.user === who.user ? tab : { device: newId(), current: '', drafts: {}, saved: null };
  tab = { ...mine, ...who };
  reads = load(local, readsKey(tab.user)) ?? { epoch: '', rooms: {} };
  Object.assign(ui, { welcomed: false, failedOnce: false, refused: 0, roomError: '', newFrom: 0,
    prepends: false, idleWarning: false });
  members.clear();
  renewals = 0;
  const { user, token, device, saved } = tab;
  client = new Client({ user, token, device, saved, newId,
    output: (kind, detail) => effects[kind]?.(detail) });
  save();
  client.sensed = idle.idle ? 'away' : 'online';
  input(() => client.start(now()));
  showDraft();
  view.scrollToEnd();
  update();
  view.focusRoom();
}

function end(signInState) {
  input(() => client.stop(now()));
  clearTimeout(renewTimer);
  save();
  client = null;
  view.renderSignIn(signInState);
}

const unsentMessages = () => [...client.rooms.values()].reduce((count, room) =>
  count + room.outbox.filter(({ frame }) => frame.type === 'send').length, 0);

const messages = (count) => (count === 1 ? '1 message' : `${count} messages`);

async function signOut() {
  const unsent = unsentMessages();
  if (unsent > 0 && !await view.ask(`${messages(unsent)} not sent yet. Sign out and lose it all?`, 'Sign out')) {
    return;
  }
  const name = tab.byName ? tab.user : '';
  end({ hint: SIGN_IN_HINT, name, token: !tab.byName });
  tab = null;
  try {
    session().removeItem(TAB_KEY);
  } catch {
    // It was not stored either.
  }
}

/* The server did not take the token. By name another one is had without asking. */
async function renew() {
  if (!tab.byName) {
    end({ token: true, hint: TOKEN_HINT, problem: 'Your access has ended. Please sign in again.' });
    return;
  }
  const asker = client;
  const answer = await logIn(tab.user);
  if (client !== asker) {
    return; // signed out meanwhile
  }
  if (answer.token) {
    tab.token = answer.token;
    input(() => client.start(now(), answer.token));
  } else if (answer.noLogin) {
    end({ token: true, hint: TOKEN_HINT });
  } else {
    renewLater();
  }
}

/* At once the first time, then more and more slowly: a token may be refused as soon as it is given. */
function renewLater() {
  const pause = renewals === 0 ? 0 : Math.min(RENEW_MS_MAX, 1000 * 2 ** renewals);
  renewals++;
  clearTimeout(renewTimer);
  renewTimer = setTimeout(renew, pause);
}

// --- The connection: effects of the core, and what the world answers ---------------------------------

const url = new URL('.', location.href.replace(/^http/, 'ws'));
url.search = url.hash = '';

const effects = {
  connect({ conn }) {
    url.search = new URLSearchParams({ user: tab.user }); // for what stands in front; the token decides
    const ws = new WebSocket(url);
    socket = { conn, ws };
    ws.onopen = () => input(() => client?.opened(conn, now()));
    ws.onclose = ({ code }) => input(() => client?.closed(conn, code, now()));
    ws.onmessage = ({ data }) => typeof data === 'string' && input(() => client?.frame(conn, data, now()));
  },
  transmit({ conn, text }) {
    if (socket.conn === conn && socket.ws.readyState === WebSocket.OPEN) {
      socket.ws.send(text);
    }
  },
  disconnect({ conn, code }) {
    if (socket.conn === conn) {
      socket.ws.onopen = socket.ws.onclose = socket.ws.onmessage = null;
      socket.ws.close(code);
    }
  },
  welcome({ epoch }) {
    renewals = 0;
    members.forEach((known) => { known.old = true; }); // who came or left meanwhile was not told
    ui.welcomed = true;
    if (reads.epoch !== epoch) {
      reads = { epoch, rooms: {} };
    }
  },
  refused({ code }) {
    if (code === 4500 || code === 4001) {
      renewLater();
    } else {
      ui.refused = code;
    }
  },
  older() {
    ui.prepends = true;
  },
  shown({ room, entry }) {
    if (entry.type === 'room_event' && members.has(room.id)) {
      members.get(room.id).old = true;
    }
  },
  failed({ room, message, code }) {
    const { type } = message.frame;
    if (type === 'room_join' || type === 'room_create') {
      ui.roomError = code === 'denied' ? `“${room.id}” is not open to you.`
        : code === 'limit' ? 'You are in too many rooms.' : `“${room.id}” cannot be joined (${code}).`;
      tab.current = tab.current === room.id ? '' : tab.current;
    }
  },
};

/* Every input to the core goes through here: it may change what is shown and when to wake. */
function input(run) {
  const result = run();
  arm();
  changed();
  return result;
}

const clock = new Worker('clock.js');
let armedFor = Infinity;

function arm() {
  const at = client?.wakeAt() ?? Infinity;
  if (at !== armedFor) {
    armedFor = at;
    clock.postMessage(Math.max(0, at - now()));
  }
}

clock.onmessage = () => {
  armedFor = Infinity;
  input(() => client?.tick(now()));
};

// --- Who is there ------------------------------------------------------------------------------------

const members = new Map(); // of rooms: {ids, whole, crowd, old}
let reading = false;

const wantsMembers = (id) => {
  const known = members.get(id);
  return !known || known.old || (id === tab.current && !known.whole);
};

/* One room at a time: the one in sight first. Of the others, whether they have two members. */
async function readMembers(rooms) {
  const id = [tab.current, ...rooms.map((room) => room.id)].find((each) =>
    client.rooms.get(each)?.member && wantsMembers(each));
  if (reading || client.state !== 'online' || id === undefined) {
    return;
  }
  reading = true;
  const asker = client;
  const limit = id === tab.current ? MEMBERS_MAX : 3;
  let known = null;
  try {
    const answer = await fetch(`api/presence?room=${id}&since=0&limit=${limit}`,
      { headers: { Authorization: `Bearer ${tab.token}` } });
    const said = answer.ok ? await answer.json() : null;
    if (client === asker && said) {
      client.people.update(said.users);
      known = { ids: said.users.map(({ userId }) => userId), whole: !said.next || limit === MEMBERS_MAX,
        more: Boolean(said.next), crowd: said.crowd === true, old: said.stale === true };
    } else if (answer.status === 404) { // presence is switched off, or the room was left
      known = { ids: [], whole: true, more: false, crowd: false, old: false };
    }
  } catch {
    // Then a little later.
  }
  if (client === asker && known) {
    members.set(id, known);
  }
  if (known && !known.old) {
    reading = false;
    changed();
  } else {
    setTimeout(() => { reading = false; changed(); }, MEMBERS_PAUSE_MS);
    changed();
  }
}

/* What is shown of somebody. Of what was told on a connection that is gone, only the name counts. */
function personOf(id) {
  const person = client.people.get(id);
  const unsure = client.state !== 'online' || client.stale || !person;
  return { id, unsure, you: id === tab.user, ...words.of(person, Date.now()) };
}

/* The other one of a room of two; null: it is none. */
function otherOf(roomId) {
  const known = members.get(roomId);
  const ids = known?.ids ?? [];
  return ids.length === 2 && !known.more && !known.crowd && ids.includes(tab.user)
    ? personOf(ids.find((id) => id !== tab.user)) : null;
}

const RANK = { online: 0, busy: 1, away: 2, offline: 3 };

function peopleOf(room) {
  const known = members.get(room.id);
  if (!known) {
    return null;
  }
  const list = known.ids.map(personOf)
    .sort((a, b) => RANK[a.status] - RANK[b.status] || a.id.localeCompare(b.id));
  const here = known.crowd ? room.crowd : list.filter(({ status }) => status !== 'offline').length;
  const note = known.crowd ? 'There are too many members to list them.'
    : client.stale ? 'Who is here may be out of date.' : '';
  return { here, list, note, more: known.more };
}

function meOf() {
  const { status, word, lines } = personOf(tab.user);
  return { status, line: [status === 'offline' ? 'Shown as offline' : word, ...lines].join(' · ') };
}

const idleQuery = new URLSearchParams(location.search).get('idle')?.split(',').map(Number) ?? [];
const [idleMs, warnMs, checkMs] = [IDLE_MS, IDLE_WARN_MS, IDLE_CHECK_MS].map((usual, i) =>
  (idleQuery[i] > 0 ? idleQuery[i] : usual)); // ?idle=<away after>,<warning before it>,<look every> ms

const idle = new Idle({ now: now(), idleMs, warnMs, output: (kind) => {
  ui.idleWarning = kind === 'warning';
  if (client) {
    input(() => client.sense(kind === 'idle' ? 'away' : kind === 'active' ? 'online' : client.sensed, now()));
  }
} });
const idleClock = new Worker('clock.js');
idleClock.onmessage = () => {
  idle.check(now());
  idleClock.postMessage(checkMs);
  changed(); // how long ago somebody was seen
};
idleClock.postMessage(checkMs);

const active = () => idle.activity(now());
for (const kind of ['mousedown', 'keydown', 'touchstart', 'scroll']) {
  document.addEventListener(kind, (event) => {
    if (event.isTrusted && !(kind === 'scroll' && view.scrollsItself())) {
      active();
    }
  }, { passive: true, capture: true });
}

// --- The model of what is shown ----------------------------------------------------------------------

const isListed = (room) => {
  const bound = client.bound(room.id);
  return bound === 'in' || (room.member && bound !== 'out');
};

const listed = () => [...client.rooms.values()].filter(isListed)
  .sort((a, b) => a.id.localeCompare(b.id));

/* Of what is not loaded, everything counts: who wrote it is not known. */
function unreadOf(room) {
  const read = reads.rooms[room.id];
  if (room.next === 0 || read === undefined) {
    return 0;
  }
  const isNews = ({ seq, senderId }) => seq > read && senderId !== undefined && senderId !== tab.user;
  const unknown = room.historyDone ? 0 : Math.max(0, room.low - 1 - read);
  return unknown + room.entries.filter(isNews).length;
}

function noteReads(rooms) {
  let noted = false;
  for (const room of rooms) {
    const reading = room.id === tab.current && !document.hidden && view.atEnd();
    const known = reads.rooms[room.id];
    const read = reading || known >= room.next ? room.next - 1 : known ?? room.low - 1;
    if (room.next > 0 && read !== known) {
      reads.rooms[room.id] = read;
      noted = true;
    }
    if (room.id === tab.current && !reading && unreadOf(room) > 0) {
      ui.newFrom = reads.rooms[room.id] + 1;
    }
  }
  if (noted) {
    saveReads();
  }
}

function bannerOf() {
  const unsent = unsentMessages();
  const kept = unsent > 0 ? ` ${messages(unsent)} waiting to be sent.` : '';
  if (ui.refused === 4505) {
    return { text: 'This page is out of date.', action: 'Reload' };
  }
  if (client.state === 'refused' && ui.refused) {
    return { text: `The server ended the connection (${ui.refused}).${kept}`, action: 'Try again' };
  }
  if (client.state === 'online' || !ui.failedOnce) {
    return null;
  }
  const planned = client.closeCode === 1012 ? 'The server is restarting.' : 'The connection is lost.';
  const text = navigator.onLine ? planned : 'You are offline.';
  return { text: text + kept, action: client.state === 'waiting' ? 'Try now' : '' };
}

function emptyOf(rooms) {
  if (rooms.length > 0 || !ui.welcomed) {
    return null;
  }
  return { title: 'No rooms yet', action: `Start in “${FIRST_ROOM}”`,
    text: 'Join a room by its name, or make a new one: whoever knows its name can join.' };
}

function olderOf(room) {
  if (room.wantsHistory && client.state === 'online') {
    return 'Loading older messages…';
  }
  return room.historyDone && room.next > 0 ? `This is where ${room.id} begins for you.` : '';
}

function roomModel(room) {
  const items = view.itemsOf({ entries: room.entries, pending: client.pending(room.id),
    user: tab.user, newFrom: ui.newFrom });
  return { id: room.id, items, unread: unreadOf(room), older: olderOf(room), prepends: ui.prepends };
}

const limitOf = (text) => ({ used: text.trim() === '' ? 0 : contentBytes(text),
  most: CONTENT_BYTES_MAX, near: NEAR_LIMIT_BYTES });

const CONNECTION = { online: 'online', connecting: 'connecting', hello: 'connecting' };

function modelOf(rooms, current) {
  const unread = new Map(rooms.map((room) => [room, unreadOf(room)]));
  const total = [...unread.values()].reduce((sum, count) => sum + count, 0);
  return {
    user: tab.user,
    me: meOf(),
    people: current && peopleOf(current),
    idleWarning: ui.idleWarning ? words.idleWarning(warnMs) : '',
    connection: CONNECTION[client.state] ?? 'offline',
    title: `${total > 0 ? `(${total}) ` : ''}${current ? `${current.id} · ` : ''}Hubbub`,
    banner: bannerOf(),
    empty: emptyOf(rooms),
    rooms: rooms.map((room) => ({ id: room.id, unread: unread.get(room), entering: !room.member,
      other: otherOf(room.id) })),
    unreadElsewhere: total - (unread.get(current) ?? 0),
    roomError: ui.roomError,
    room: current && { ...roomModel(current), other: otherOf(current.id) },
    limit: limitOf(tab.drafts[tab.current] ?? ''),
  };
}

function trim(rooms) {
  for (const { id, entries } of rooms) {
    if (entries.length > ENTRIES_MAX && (id !== tab.current || view.atEnd())) {
      client.trim(id, ENTRIES_MAX / 2);
    }
  }
}

function update() {
  if (!client) {
    return;
  }
  ui.failedOnce = client.state !== 'online' &&
    (ui.failedOnce || client.state === 'waiting' || renewals > 1);
  const rooms = listed();
  trim(rooms);
  if (!rooms.some(({ id }) => id === tab.current) && rooms.length > 0) {
    select(rooms[0].id);
  }
  noteReads(rooms);
  client.look(tab.current, now());
  readMembers(rooms);
  const current = rooms.find(({ id }) => id === tab.current);
  view.render(modelOf(rooms, current));
  ui.prepends = false;
  if (current && client.state === 'online' && view.wantsOlder()) {
    const before = current.wantsHistory;
    client.history(current.id, now());
    if (current.wantsHistory !== before) {
      changed();
      arm();
    }
  }
  save();
}

/* Many inputs, one rendering. Not a timer or a frame: they rest in a hidden page, whose title shall
 * still say what is unread. */
const channel = new MessageChannel();
let scheduled = false;

function changed() {
  if (!scheduled) {
    scheduled = true;
    channel.port2.postMessage(null);
  }
}

channel.port1.onmessage = () => {
  scheduled = false;
  update();
};

// --- What the person does ----------------------------------------------------------------------------

function showDraft() {
  view.setDraft(tab.drafts[tab.current] ?? '');
}

function select(id) {
  if (id !== tab.current) {
    tab.current = id;
    const room = client.room(id);
    ui.newFrom = unreadOf(room) > 0 ? reads.rooms[id] + 1 : 0;
    view.scrollToEnd();
    showDraft();
  }
  changed();
}

view.bind({
  signIn,
  signOut,

  select(id) {
    select(id);
    update();
    view.drawer(false);
    view.focusRoom();
  },

  enter(id) {
    ui.roomError = isId(id) ? '' : 'A room’s name has up to 64 letters (a to z), digits, “-” and “_”.';
    changed();
    if (!isId(id)) {
      return false;
    }
    if (!isListed(client.room(id))) {
      input(() => client.enter(id, now()));
    }
    this.select(id);
    return true;
  },

  roomTyped() {
    ui.roomError = '';
    changed();
  },

  begin() {
    this.enter(FIRST_ROOM);
  },

  async leave() {
    const id = tab.current;
    if (await view.ask(`Leave ${id}? When you come back, you will not see what was written before.`, 'Leave')) {
      input(() => client.leave(id, now()));
      view.focusRoom();
    }
  },

  draft(text) {
    tab.drafts[tab.current] = text;
    view.renderCounter(limitOf(text));
  },

  send(text) {
    const { used, most } = limitOf(text);
    if (used === 0 || used > most) {
      return;
    }
    if (!input(() => client.send(tab.current, text.trim(), now(), Date.now()))) {
      return; // the outbox is full: the text stays where it is
    }
    tab.drafts[tab.current] = '';
    ui.newFrom = 0;
    showDraft();
    view.scrollToEnd();
    save();
  },

  retry(clientId) {
    input(() => client.retry(tab.current, clientId, now()));
  },

  discard(clientId) {
    input(() => client.discard(tab.current, clientId));
  },

  retryNow() {
    if (ui.refused === 4505) {
      location.reload();
    } else if (ui.refused) {
      ui.refused = 0;
      input(() => client.start(now()));
    } else {
      input(() => client.reconnect(now()));
    }
  },

  scrolled: changed,

  status() {
    const person = client.people.get(tab.user);
    const chosen = ['busy', 'offline'].includes(person?.status) ? person.status : tab.chosen ?? 'auto';
    view.openStatus({ chosen, line: person?.customStatus ?? '',
      quietUntil: person?.doNotDisturbUntil > Date.now() ? person.doNotDisturbUntil : 0 });
  },

  /* `quiet`: minutes, 'morning', 'none', or 'keep'. Gives what is wrong, or ''. */
  choose({ chosen, line, quiet }) {
    const text = line.trim();
    if (contentBytes(text) > CUSTOM_BYTES_MAX) {
      return 'This line is too long.';
    }
    const choice = { status: chosen === 'auto' ? null : chosen, customStatus: text === '' ? null : text };
    if (quiet === 'none') {
      choice.doNotDisturbUntil = null;
    } else if (quiet === 'morning') {
      choice.doNotDisturbUntil = words.morning(new Date());
    } else if (quiet !== 'keep') {
      choice.doNotDisturbUntil = Date.now() + Number(quiet) * MINUTE_MS;
    }
    tab.chosen = chosen;
    input(() => client.choose(choice, now()));
    return '';
  },
});

window.addEventListener('offline', () => client && input(() => client.lost(now())));
window.addEventListener('online', () => client && input(() => client.reconnect(now())));
window.addEventListener('pageshow', ({ persisted }) => persisted && client && input(() => client.probe(now())));
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) {
    active();
  }
  if (client && !document.hidden) {
    input(() => client.probe(now()));
  }
});
window.addEventListener('pagehide', save);
window.addEventListener('beforeunload', (event) => {
  if (client && unsentMessages() > 0) {
    event.preventDefault(); // closing the tab would lose them
  }
});
window.addEventListener('storage', ({ key, newValue }) => {
  if (client && key === readsKey(tab.user) && newValue) {
    mergeReads(JSON.parse(newValue));
    changed();
  }
});

tab = load(session, TAB_KEY);
if (tab?.token) {
  begin(tab);
} else {
  view.renderSignIn({ hint: SIGN_IN_HINT, name: load(local, NAME_KEY) ?? '' });
}
