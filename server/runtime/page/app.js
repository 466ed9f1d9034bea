/* The glue of the chat page: sign-in, WebSocket, timer and storage around the protocol core, and the
 * model that view.js shows.
 *
 *   view.js -- handlers --> app.js -- inputs --> Client (client.js)
 *          <- render(model) --     <- effects --    |
 *                     WebSocket, clock.js, storage, the address
 *
 * What is kept where. For this browser: who is signed in (signin.js), what was written and not acked
 * (boxes.js), and how far each person read (reads.js). For this tab: who it is, its device, room, drafts
 * and positions, so two tabs can be two people, or one person twice, and neither disturbs the other. The
 * room in sight stands in the address (route.js), and that wins.
 *
 * A stored state that is too old is harmless: entries are asked for again, and a resend gets its first
 * ack. Only what was just written has to be stored at once. */

import { Box } from './boxes.js';
import { CONTENT_BYTES_MAX, CUSTOM_BYTES_MAX, Client, contentBytes, isId } from './client.js';
import { isDirect } from './direct.js';
import { cursorOf, isOpenBelow } from './gaps.js';
import { Members } from './members.js';
import { nameOf, subjectOf, userIdOf } from './names.js';
import { News } from './news.js';
import { natural } from './order.js';
import { IDLE_CHECK_MS, IDLE_MS, IDLE_WARN_MS, Idle } from './people.js';
import { Reads } from './reads.js';
import { Receipts } from './receipts.js';
import { hashOf, placeOfHash } from './route.js';
import { isSignOff, lastUser, remember, signOff, signedIn } from './signin.js';
import { load, local, session, store } from './store.js';
import * as view from './view.js';
import * as words from './words.js';

const FIRST_ROOM = 'lobby';
const NEAR_LIMIT_BYTES = 1024; // from here on the rest is shown
const ENTRIES_MAX = 600; // of a room in memory; beyond, it is cut to the half
const RENEW_MS_MAX = 30000; // between attempts to get another token
const SAVE_MS = 1000;
const MINUTE_MS = 60000;
const TAB_KEY = 'hubbub.tab';
const readsKey = (user) => `hubbub.read.${user}`;
const SIGN_IN_HINT = 'Pick a name to start chatting.';
const TOKEN_HINT = 'Paste the access token that you were given.';
const ROOM_HINT = 'A room’s name has up to 64 letters (a to z), digits, “-” and “_”.';
const SELF_HINT = 'Nobody has a direct chat with themselves.';

let tab = load(session, TAB_KEY); // {user, device, box, current, drafts, chosen, saved}; user '': nobody
let access = null; // {token, byName}
let client = null; // null: nobody is signed in
let members = null; // of the client
let box = null; // where what is written waits
let written = 0; // of the client's changes of it, those that are in the box
let savedAt = 0;
let kept = true; // whether the box could take them
let socket = null; // {conn, ws} of the last `connect`
let reads = new Reads();
let receipts = null; // of the client
let renewals = 0; // tokens asked for since the last welcome
let renewTimer = 0;
const ui = {}; // what is shown and is not the core's: see begin()

const now = () => performance.now();

// --- Storage ----------------------------------------------------------------------------------------

/* What was written at once; the rest is only a start for the next page, and is kept now and then. */
function save({ all = true } = {}) {
  if (!client) {
    return;
  }
  if (written !== client.written) {
    written = client.written;
    kept = box.write(client.outboxes());
  }
  if (all || now() - savedAt > SAVE_MS) {
    savedAt = now();
    tab.saved = client.snapshot();
    store(session, TAB_KEY, tab);
  }
}

function saveReads() {
  reads.merge(load(local, readsKey(tab.user)));
  store(local, readsKey(tab.user), { epoch: reads.epoch, rooms: reads.rooms });
}

/* Not crypto.randomUUID(): it is missing where the page is not served by TLS or from this machine. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_');
}

// --- Signing in and out -----------------------------------------------------------------------------

/* Gives {token, user}, or {problem} with `noLogin` when names alone are not enough here. */
async function logIn(name) {
  let answer;
  try {
    answer = await fetch('api/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: name }),
    });
    if (answer.ok) {
      const { token, user } = await answer.json();
      return { token, user };
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

async function signIn(name, token, byToken) {
  if (byToken) {
    const subject = subjectOf(token);
    if (subject !== null) {
      begin(userIdOf(subject), { token, byName: false });
    } else {
      view.renderSignIn({ token: true, hint: TOKEN_HINT, problem: 'This is not an access token.' });
    }
    return;
  }
  if (name === '') {
    view.renderSignIn({ hint: SIGN_IN_HINT, problem: 'Please enter a name.' });
    return;
  }
  view.renderSignIn({ hint: SIGN_IN_HINT, busy: true });
  const answer = await logIn(name);
  if (answer.token) {
    begin(answer.user, { token: answer.token, byName: true, name });
  } else {
    view.renderSignIn({ token: answer.noLogin, problem: answer.problem,
      hint: answer.noLogin ? TOKEN_HINT : SIGN_IN_HINT });
  }
}

/* What the tab holds of the same person goes on; what it holds of another is gone. */
function begin(user, how) {
  access = how;
  remember({ user, ...access });
  const mine = tab?.user === user ? tab : { user, device: newId(), current: '', drafts: {} };
  const id = newId();
  box = Box.open(user, id, mine.box);
  tab = { ...mine, box: id };
  reads = new Reads(load(local, readsKey(user)));
  Object.assign(ui, { welcomed: false, failedOnce: false, refused: 0, roomError: '', newFrom: 0,
    hasNews: false, opened: '', focused: false, idleWarning: false, badAddress: '' });
  renewals = 0;
  const { device, saved } = tab;
  client = new Client({ user, token: access.token, device, saved, newId,
    output: (kind, detail) => effects[kind]?.(detail) });
  members = new Members(client, { token: () => access.token, changed });
  receipts = new Receipts({ user, say: (frame) => client.tell(frame, now()), limitOf: arrivedTo });
  client.adopt(box.written, now());
  written = client.written;
  const asker = client;
  box.adopt((outboxes) => {
    if (client === asker) {
      input(() => client.adopt(outboxes, now()));
      save();
    }
    return client === asker && kept;
  });
  followAddress();
  save();
  client.sensed = idle.idle ? 'away' : 'online';
  input(() => client.start(now()));
  showDraft();
  changed();
}

/* The last place of a room that is below all markers. */
function arrivedTo(id) {
  const room = client.room(id);
  return room.gaps.length > 0 ? cursorOf(room) : Infinity;
}

/* Of a tab that is `gone` nothing is kept: it is nobody's then. */
function end(signInState, gone = false) {
  input(() => client.stop(now()));
  clearTimeout(renewTimer);
  save();
  client = receipts = null;
  box.close();
  if (gone) {
    tab = { user: '' };
    store(session, TAB_KEY, tab);
  }
  view.renderSignIn(signInState);
}

const isMessage = ({ frame }) => frame.type === 'send';
const unsentMessages = () => [...client.rooms.values()].reduce((count, room) =>
  count + room.outbox.filter(isMessage).length, 0);

const messages = (count) => (count === 1 ? '1 message' : `${count} messages`);

/* In all tabs of this person, and what they wrote is gone with it. */
async function signOut() {
  save();
  const { user } = tab;
  const unsent = Box.waiting(user);
  if (unsent > 0 && !await view.ask(`${messages(unsent)} not sent yet. Sign out and lose it all?`, 'Sign out')) {
    return;
  }
  if (tab.user === user && client) {
    end({ hint: SIGN_IN_HINT, name: access.byName ? access.name ?? user : '', token: !access.byName }, true);
  }
  signOff(user);
  Box.clear(user);
}

/* The server did not take the token. By name another one is had without asking. */
async function renew() {
  if (!access.byName) {
    signOff(tab.user);
    end({ token: true, hint: TOKEN_HINT, problem: 'Your access has ended. Please sign in again.' });
    return;
  }
  const asker = client;
  const answer = await logIn(access.name ?? tab.user);
  if (client !== asker) {
    return; // signed out meanwhile
  }
  if (answer.token) {
    access.token = answer.token;
    remember({ user: tab.user, ...access });
    input(() => client.start(now(), answer.token));
  } else if (answer.noLogin) {
    end({ token: true, hint: TOKEN_HINT });
  } else {
    renewLater();
  }
}

/* Before it ends; who cannot have another one without the person sees that when it did. */
async function refresh() {
  const asker = client;
  const answer = access.byName ? await logIn(tab.user) : {};
  if (client === asker && answer.token) {
    access.token = answer.token;
    remember({ user: tab.user, ...access });
    input(() => client.refresh(answer.token, now()));
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
  welcome(frame) {
    const { epoch } = frame;
    receipts.welcome(frame, now());
    renewals = 0;
    members.old(); // who came or left meanwhile was not told
    reads.begin(epoch);
    const room = client.rooms.get(tab.current);
    if (!ui.welcomed && room) {
      markNews(room); // what came while nobody was here
    } else if (room?.next > 0 && room.head >= room.next) {
      ui.newFrom = room.next; // and while there was no connection
    }
    ui.welcomed = true;
  },
  expiring() {
    refresh();
  },
  refused({ code }) {
    if (code === 4500 || code === 4001) {
      renewLater();
    } else {
      ui.refused = code;
    }
  },
  receipt(frame) {
    receipts.hear(frame, now());
    noteRead(frame);
  },
  shown({ room, entry }) {
    receipts.shown(room.id, entry.seq, now());
    if (entry.type === 'message' && entry.senderId !== tab.user && room.id === tab.current && view.showsLog()) {
      news.tell(nameOf(entry.senderId), entry.content);
    }
    if (entry.type === 'room_event') {
      members.old(room.id);
    }
  },
  filled({ room, entries }) {
    const read = reads.rooms[room.id] ?? 0; // further up, it was
    receipts.read(room.id, entries.filter(({ seq }) => seq <= read), now());
    receipts.filled(now());
  },
  failed({ room, message, code }) {
    const { type, recipientId } = message.frame;
    if (type === 'room_join' || type === 'room_create') {
      ui.roomError = words.joinFailureOf(room.id, code);
    } else if (type === 'send') {
      view.announce(`${words.failureOf(code, recipientId)} ${message.frame.content}`);
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

const news = new News(view.announce);
const clock = new Worker('clock.js');
let armedFor = Infinity;

function arm() {
  const at = client ? Math.min(client.wakeAt(), receipts.wakeAt()) : Infinity;
  if (at !== armedFor) {
    armedFor = at;
    clock.postMessage(Math.max(0, at - now()));
  }
}

clock.onmessage = () => {
  armedFor = Infinity;
  input(() => {
    client?.tick(now());
    receipts?.tick(now());
  });
};

// --- Whether somebody is here ------------------------------------------------------------------------

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

/* Also one that is not the person's, or not known to be yet, as long as something written stands in it; and a
 * direct chat that is open. */
const isListed = (room) => {
  const bound = client.bound(room.id);
  return (room.other && (room.id === tab.current || tab.drafts[room.id])) || bound === 'in' || (bound !== 'out' &&
    (room.member || room.failed.length > 0 || room.outbox.some(isMessage)));
};

const listed = () => [...client.rooms.values()].filter(isListed);

/* At the end of the log, what comes is about to be seen: it is not shown as unread for a moment. */
const unreadOf = (room) => (room.id === tab.current && view.showsLog() && view.atEnd()
  ? 0 : reads.unread(room, tab.user));

/* The line "New" stands where what was unread began when the room was opened, ... */
function markNews(room) {
  ui.hasNews = reads.unread(room, tab.user) > 0;
  ui.newFrom = ui.hasNews ? reads.rooms[room.id] + 1 : 0;
}

/* ... or, once all was read, where something came that nobody saw come. */
function noteNews(room) {
  const unread = unreadOf(room) > 0;
  if (unread && !ui.hasNews) {
    ui.newFrom = reads.rooms[room.id] + 1;
  }
  ui.hasNews = unread;
}

/* What is in sight of somebody who looks at the page is read. */
function noteSeen() {
  const before = client && reads.rooms[tab.current];
  if (client && view.showsLog() && reads.see(tab.current, view.seqInSight(tab.current))) {
    const { entries } = client.room(tab.current);
    input(() => receipts.read(tab.current,
      entries.filter(({ seq }) => seq > (before ?? 0) && seq <= reads.rooms[tab.current]), now()));
    saveReads();
  }
}

/* What was read on another device is read here. */
function noteRead({ type, readBy, chatId, messageIds }) {
  if (type === 'read_receipt' && readBy === tab.user) {
    const read = client.room(chatId).entries.findLast(({ id }) => messageIds.includes(id));
    if (read && reads.see(chatId, read.seq)) {
      saveReads();
    }
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

function emptyOf(current) {
  if (ui.badAddress) {
    return { title: 'This is no room', text: ui.badAddress };
  }
  if (current || !ui.welcomed) {
    return null;
  }
  if (isDirect(tab.current)) {
    return { title: 'No chat of yours', text: 'It is of two others, or nothing was written in it yet.' };
  }
  if (tab.current) {
    return { title: `You are not in “${tab.current}”`, action: `Join “${tab.current}”`,
      text: ui.roomError || 'What is written there is for its members. If there is no such room, joining makes it.' };
  }
  return { title: 'No rooms yet', action: `Start in “${FIRST_ROOM}”`,
    text: 'Join a room by its name, or make a new one: whoever knows its name can join.' };
}

function olderOf(room) {
  if (isOpenBelow(room)) {
    return ''; // the marker says it
  }
  if (room.wantsHistory && client.state === 'online') {
    return 'Loading older messages…';
  }
  const begins = room.next > 0 ? room.historyDone : room.other && ui.welcomed;
  return begins ? words.beginningOf(room) : '';
}

const roomModel = (room) => ({ id: room.id, title: words.titleOf(room), direct: room.direct, entries: room.entries,
  gaps: room.gaps, loads: client.state === 'online', pending: client.pending(room.id),
  user: tab.user, newFrom: ui.newFrom, unread: unreadOf(room), older: olderOf(room), other: members.other(room.id),
  receipts: receipts.changes, receiptOf: (entry) => receipts.of(room.id, entry) });

const limitOf = (text) => ({ used: text.trim() === '' ? 0 : contentBytes(text),
  most: CONTENT_BYTES_MAX, near: NEAR_LIMIT_BYTES });

const CONNECTION = { online: 'online', connecting: 'connecting', hello: 'connecting' };

function modelOf(rooms, current) {
  const unread = new Map(rooms.map((room) => [room, unreadOf(room)]));
  const total = [...unread.values()].reduce((sum, count) => sum + count, 0);
  return {
    user: tab.user,
    me: members.me(),
    people: current && members.people(current),
    typing: words.typing(client.typing.of(tab.current)),
    idleWarning: ui.idleWarning ? words.idleWarning(warnMs) : '',
    connection: CONNECTION[client.state] ?? 'offline',
    title: `${total > 0 ? `(${total}) ` : ''}${current ? `${words.titleOf(current)} · ` : ''}Hubbub`,
    banner: bannerOf(),
    empty: emptyOf(current),
    rooms: rooms.map((room) => ({ id: room.id, name: words.titleOf(room), direct: room.direct,
      unread: unread.get(room), entering: !room.member && !room.direct,
      other: members.other(room.id) })),
    unreadElsewhere: total - (unread.get(current) ?? 0),
    roomError: ui.roomError,
    room: current && roomModel(current),
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
  if (rooms.map((room) => reads.meet(room)).includes(true)) {
    saveReads();
  }
  if (tab.current === '' && !ui.badAddress && rooms.length > 0) {
    select([...rooms].sort((a, b) => natural(words.titleOf(a), words.titleOf(b)))[0].id, 'replace');
  }
  const current = ui.badAddress ? undefined : rooms.find(({ id }) => id === tab.current);
  if (current) {
    if (current.other && location.hash === `#${current.id}`) {
      toAddress(current, 'replace'); // whose name is known by now
    }
    noteNews(current);
  }
  client.look(tab.current, now());
  members.read(rooms, tab.current);
  view.render(modelOf(rooms, current));
  if (!ui.focused && (current || ui.welcomed)) {
    ui.focused = true;
    view.focusFirst();
  }
  if (current && client.state === 'online' && view.wantsOlder()) {
    const before = current.wantsHistory;
    client.history(current.id, now());
    if (current.wantsHistory !== before) {
      changed();
      arm();
    }
  }
  save({ all: false });
}

/* Many inputs, one rendering, with the next frame. In a hidden page frames rest, and timers nearly so; its
 * title shall still say what is unread. */
const channel = new MessageChannel();
let scheduled = 0;

function changed() {
  if (scheduled === 0) {
    scheduled = document.hidden ? -1 : requestAnimationFrame(rendered);
    if (document.hidden) {
      channel.port2.postMessage(null);
    }
  }
}

function rendered() {
  scheduled = 0;
  update();
}

channel.port1.onmessage = rendered;

// --- What the person does ----------------------------------------------------------------------------

function showDraft() {
  view.setDraft(tab.drafts[tab.current] ?? '');
}

function toAddress(room, how) {
  const hash = hashOf(room);
  if (location.hash !== hash) {
    history[`${how}State`](null, '', hash);
  }
}

/* `how`: 'push' is a step of the person's, which Back takes back; 'replace' is the page's; '' is one that
 * the address has made already. */
function select(id, how) {
  if (how) {
    toAddress(client.room(id), how);
  }
  ui.badAddress = '';
  if (id !== tab.current) {
    ui.roomError = '';
  }
  if (id !== tab.current || ui.opened !== id) {
    tab.current = ui.opened = id;
    news.clear();
    markNews(client.room(id));
    showDraft();
  }
  changed();
}

/* To the room in the address, if there is one. */
function followAddress() {
  const place = placeOfHash(location.hash);
  const chat = place?.other && client.direct(place.other);
  ui.badAddress = place === null ? ROOM_HINT : chat === null ? SELF_HINT : '';
  const id = chat?.id ?? place?.room ?? '';
  if (!ui.badAddress && (id !== '' || tab.current !== '')) {
    select(id || tab.current, id ? '' : 'replace');
  }
  changed();
}

view.bind({
  signIn,
  signOut,

  select(id) {
    select(id, 'push');
    update();
    view.drawer(false);
    view.focusRoom();
  },

  enter(id) {
    ui.roomError = isId(id) ? '' : ROOM_HINT;
    changed();
    if (!isId(id)) {
      return false;
    }
    if (!isListed(client.room(id)) && !isDirect(id)) {
      input(() => client.enter(id, now()));
    }
    this.select(id);
    return true;
  },

  /* To one person, from their name. */
  write(other) {
    const room = client.direct(other);
    if (room) {
      this.select(room.id);
    }
  },

  roomTyped() {
    ui.roomError = '';
    changed();
  },

  begin() {
    this.enter(tab.current || FIRST_ROOM);
  },

  async leave() {
    const id = tab.current;
    if (await view.ask(`Leave ${id}? When you come back, you will not see what was written before.`, 'Leave')) {
      input(() => client.leave(id, now()));
      tab.current = '';
      update();
      if (tab.current === '') {
        history.replaceState(null, '', '#');
      }
      view.focusRoom();
    }
  },

  draft(text) {
    tab.drafts[tab.current] = text;
    view.renderCounter(limitOf(text));
    input(() => client.type(tab.current, text, now()));
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

  async copy(clientId) {
    const message = client.room(tab.current).failed.find(({ frame }) => frame.clientId === clientId);
    view.announce(await view.copy(message.frame.content) ? 'Copied.' : 'It could not be copied.');
  },

  another() {
    end({ hint: SIGN_IN_HINT }, true);
  },

  changed,
  seen: noteSeen,

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
  if (document.hidden && scheduled > 0) { // no frame will come
    cancelAnimationFrame(scheduled);
    rendered();
  }
  if (client && !document.hidden) {
    input(() => client.probe(now()));
    noteSeen();
  }
});
window.addEventListener('pagehide', () => {
  written = -1; // a tab that was copied from this one may have taken what was in the box
  save();
});
window.addEventListener('beforeunload', (event) => {
  if (client && !kept && unsentMessages() > 0) {
    event.preventDefault(); // they are nowhere else
  }
});
window.addEventListener('popstate', () => client && followAddress());
window.addEventListener('storage', (event) => {
  if (client && isSignOff(event, tab.user)) {
    written = client.written; // the box was emptied there
    end({ hint: SIGN_IN_HINT, name: access.byName ? access.name ?? tab.user : '' }, true);
  } else if (client && event.key === readsKey(tab.user) && event.newValue) {
    reads.merge(JSON.parse(event.newValue));
    changed();
  } else if (client) {
    box.notice(event.key);
  }
});

const user = tab?.user ?? lastUser();
const known = signedIn(user);
if (known) {
  begin(user, known);
} else {
  view.renderSignIn({ hint: SIGN_IN_HINT, name: nameOf(lastUser()) });
}
