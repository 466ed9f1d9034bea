/* Tests of the page's protocol core against a server that says what the test wrote.
 *
 *   node --test client.test.mjs
 *
 * Time is what a test says it is, ids count up, and the back-off draws `luck`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CONTENT_BYTES_MAX, Client } from '../../page/client.js';
import { directRoom } from '../../page/direct.js';

// The view's module looks at these when it is loaded.
globalThis.document ??= { documentElement: {}, getElementById: () => null };
globalThis.matchMedia ??= () => ({});
const { itemsOf } = await import('../../page/items.js');
const { Idle, People } = await import('../../page/people.js');
const words = await import('../../page/words.js');

const stamp = (seq) => `${seq.toString(16).padStart(12, '0')}-0000-n1`;

const message = (seq, content = `text ${seq}`, { senderId = 'bob', roomId = 'r', clientId } = {}) =>
  ({ type: 'message', id: `${roomId}-${seq}`, roomId, seq, senderId, clientId, content, timestamp: seq, hlc: stamp(seq) });

const event = (seq, kind, userId = 'ada', roomId = 'r') =>
  ({ type: 'room_event', id: `${roomId}-${seq}`, roomId, seq, event: kind, userId, timestamp: seq, hlc: stamp(seq) });

class Bench {
  constructor({ saved, luck = 0, ...settings } = {}) {
    let ids = 0;
    this.now = 1000;
    this.effects = [];
    this.client = new Client({ token: 'token', user: 'ada', device: 'd', saved, random: () => luck,
      newId: () => `id${++ids}`, output: (kind, detail) => this.effects.push({ kind, ...detail }), ...settings });
  }

  /* The effects of one kind since the last call for that kind. */
  take(kind) {
    const taken = this.effects.filter((effect) => effect.kind === kind);
    this.effects = this.effects.filter((effect) => effect.kind !== kind);
    return taken;
  }

  frames(type) {
    const sent = this.take('transmit').map(({ text }) => JSON.parse(text));
    return type ? sent.filter((frame) => frame.type === type) : sent;
  }

  texts(roomId = 'r') {
    return this.client.room(roomId).entries.map(({ seq, content, event: kind }) => content ?? `${kind} ${seq}`);
  }

  states(roomId = 'r') {
    return this.client.pending(roomId).map(({ message: { frame }, state }) => `${state} ${frame.content}`);
  }

  say(frame, conn = this.client.conn) {
    this.client.frame(conn, JSON.stringify(frame), this.now);
  }

  /* To the present connection: it opens, and the hello is welcomed. Gives the hello. */
  welcome(rooms = [['r', 0, true]], { epoch = 'e1', ...more } = {}) {
    this.client.opened(this.client.conn, this.now);
    const [hello] = this.frames('hello');
    this.say({ type: 'welcome', version: 1, userId: 'ada', connectionId: 'c', epoch,
      rooms: rooms.map(([roomId, head, recovered]) => ({ roomId, head, recovered })),
      limits: { pingIntervalMs: 25000, pingTimeoutMs: 10000 }, ...more });
    return hello;
  }

  online(...args) {
    this.client.start(this.now);
    return this.welcome(...args);
  }

  drop(code = 1006) {
    this.client.closed(this.client.conn, code, this.now);
  }

  /* Lets time pass, waking the client whenever it asked to be. */
  pass(ms) {
    const end = this.now + ms;
    while (this.client.wakeAt() <= end) {
      this.now = Math.max(this.now, this.client.wakeAt());
      const before = this.client.wakeAt();
      this.client.tick(this.now);
      assert.ok(this.client.wakeAt() > before || this.client.wakeAt() > this.now, 'a wake leads on');
    }
    this.now = end;
  }

  send(text, roomId = 'r') {
    return this.client.send(roomId, text, this.now, 77);
  }

  ack(clientId, seq, roomId = 'r') {
    this.say({ type: 'ack', clientId, roomId, id: `${roomId}-${seq}`, seq, timestamp: seq, hlc: stamp(seq) });
  }

  nack(clientId, code, temporary, retryAfterMs = 0) {
    this.say({ type: 'nack', clientId, code, temporary, retryAfterMs });
  }

  page(entries, { ref = `s${this.client.syncRef}`, hasMore = false, epoch = 'e1', cursor = 'c' } = {}) {
    this.say({ type: 'sync_response', ref, epoch, entries, heads: {}, cursor, hasMore });
  }

  error(code, { ref = `s${this.client.syncRef}`, temporary = false, retryAfterMs } = {}) {
    this.say({ type: 'error', ref, code, temporary, retryAfterMs, message: code });
  }
}

/* The same person after a reload. */
function reloaded(bench, { snapshot = bench.client.snapshot(), outboxes = bench.client.outboxes() } = {}) {
  const [saved, written] = JSON.parse(JSON.stringify([snapshot, outboxes]));
  const again = new Bench({ saved });
  again.client.adopt(written, again.now);
  return again;
}

const onlineAt = (head, settings) => {
  const bench = new Bench(settings);
  bench.online([['r', head, true]]);
  return bench;
};

// --- Order -------------------------------------------------------------------------------------------

test('entries are shown in order, each once', () => {
  const bench = onlineAt(0);
  [message(1), message(2), message(2), message(1), message(3)].forEach((entry) => bench.say(entry));
  assert.deepEqual(bench.texts(), ['text 1', 'text 2', 'text 3']);
  assert.equal(bench.take('shown').length, 3);
});

test('an entry of an unknown kind has its place and nothing to show', () => {
  const bench = onlineAt(0);
  const unknown = (seq) => ({ ...event(seq, 'unknown'), userId: undefined });
  [message(1), unknown(2), unknown(4), message(3), message(5)].forEach((entry) => bench.say(entry));
  assert.equal(bench.client.room('r').next, 6);
  assert.equal(bench.take('shown').length, 5);
  bench.pass(2000);
  assert.deepEqual(bench.frames('sync_request'), []);
  const { entries } = bench.client.room('r');
  const items = itemsOf({ entries, pending: [], user: 'ada', newFrom: 0 });
  assert.deepEqual(items.filter(({ seq }) => seq).map(({ seq }) => seq), [1, 3, 5]);
});

test('an entry beyond a gap is held, and shown when the gap closes by itself', () => {
  const bench = onlineAt(0);
  [message(3), message(2), message(3)].forEach((entry) => bench.say(entry));
  assert.deepEqual(bench.texts(), []);
  bench.say(message(1));
  assert.deepEqual(bench.texts(), ['text 1', 'text 2', 'text 3']);
  bench.pass(2000);
  assert.deepEqual(bench.frames('sync_request'), []);
});

test('a gap that stays is asked for, once, after its time', () => {
  const bench = onlineAt(4);
  bench.say(message(7));
  bench.pass(499);
  assert.deepEqual(bench.frames(), []);
  bench.pass(1);
  assert.deepEqual(bench.frames(), [{ type: 'sync_request', ref: 's1', limit: 100, epoch: 'e1', positions: { r: 4 } }]);
  bench.say(message(8)); // live, meanwhile
  bench.page([message(5), message(6), message(7)]);
  assert.deepEqual(bench.texts(), ['text 5', 'text 6', 'text 7', 'text 8']);
  assert.equal(bench.client.syncing(), false);
});

test('the room in sight is asked for first, also when it changes between pages', () => {
  const bench = onlineAt(0);
  bench.client.look('r', bench.now);
  bench.say(message(5));
  bench.pass(500);
  bench.client.look('other', bench.now);
  bench.page([message(1), message(2)], { hasMore: true, cursor: 'further' });
  assert.deepEqual(bench.frames('sync_request').map(({ focus }) => focus), [['r'], ['other']]);
  bench.client.look('', bench.now);
  bench.page([message(3)], { hasMore: true });
  assert.deepEqual(bench.frames('sync_request').map(({ focus }) => focus), [undefined]);
  bench.client.look('r', bench.now);
  bench.drop();
  bench.pass(1000);
  bench.client.opened(bench.client.conn, bench.now);
  assert.deepEqual(bench.frames('hello').at(-1).focus, ['r']);
  bench.client.look('no room', bench.now);
  bench.drop();
  bench.pass(10000);
  bench.client.opened(bench.client.conn, bench.now);
  assert.equal('focus' in bench.frames('hello').at(-1), false);
});

test('pages follow by cursor until there is no more; an answer to an old request is nothing', () => {
  const bench = onlineAt(0);
  bench.say(message(5));
  bench.pass(500);
  bench.frames();
  bench.page([message(1), message(2)], { hasMore: true, cursor: 'further' });
  assert.deepEqual(bench.frames(), [{ type: 'sync_request', ref: 's2', limit: 100, cursor: 'further' }]);
  bench.page([message(3)], { ref: 's1' });
  assert.deepEqual(bench.texts(), ['text 1', 'text 2']);
  bench.page([message(3), message(4)]);
  assert.deepEqual(bench.texts(), ['text 1', 'text 2', 'text 3', 'text 4', 'text 5']);
});

test('a gap that the log does not fill is asked for again after a pause', () => {
  const bench = onlineAt(0);
  bench.say(message(3));
  bench.pass(500);
  bench.page([message(1)]);
  bench.frames();
  bench.pass(499);
  assert.deepEqual(bench.frames(), []);
  bench.pass(1);
  assert.deepEqual(bench.frames()[0].positions, { r: 1 });
});

test('more held entries than the limit are not kept, but asked for', () => {
  const bench = onlineAt(0);
  for (let seq = 2; seq <= 514; seq++) {
    bench.say(message(seq));
  }
  assert.equal(bench.client.room('r').held.length, 512);
  assert.equal(bench.frames('sync_request').length, 1);
});

test('the own join beyond an absence starts the room anew', () => {
  const bench = onlineAt(3);
  bench.say(event(4, 'leave'));
  assert.equal(bench.client.room('r').member, false);
  bench.say(event(9, 'join'));
  bench.say(message(10));
  assert.deepEqual(bench.texts(), ['join 9', 'text 10']);
  assert.equal(bench.client.room('r').historyDone, true);
});

test('a room heard of for the first time starts where it is heard', () => {
  const bench = new Bench();
  bench.online([]);
  bench.say(event(40, 'join', 'ada', 'new'));
  assert.deepEqual(bench.texts('new'), ['join 40']);
});

// --- The outbox --------------------------------------------------------------------------------------

test('one command of a room is on the wire, the next follows its ack; rooms do not wait for each other', () => {
  const bench = new Bench();
  bench.online([['r', 0, true], ['q', 0, true]]);
  bench.send('one');
  bench.send('two');
  bench.send('other', 'q');
  assert.deepEqual(bench.frames().map(({ content }) => content), ['one', 'other']);
  bench.ack('id1', 1);
  assert.deepEqual(bench.frames().map(({ content }) => content), ['two']);
});

test('an own message is waiting, then acked, then among the entries: never twice', () => {
  const bench = onlineAt(0);
  bench.send('hi');
  assert.deepEqual(bench.states(), ['waiting hi']);
  bench.ack('id1', 2);
  assert.deepEqual(bench.states(), ['acked hi']);
  bench.say(message(1));
  bench.say(message(2, 'hi', { senderId: 'ada', clientId: 'id1' }));
  assert.deepEqual(bench.states(), []);
  assert.deepEqual(bench.texts(), ['text 1', 'hi']);
});

test('an own message that was shown and trimmed does not come back as pending', () => {
  const bench = onlineAt(0);
  bench.send('hi');
  bench.ack('id1', 1);
  bench.say(message(1, 'hi', { senderId: 'ada', clientId: 'id1' }));
  bench.say(message(2));
  bench.client.trim('r', 1);
  assert.deepEqual(bench.states(), []);
  assert.deepEqual(bench.texts(), ['text 2']);
});

test('an entry that is shown before its ack stands once, and is resent until it is acked', () => {
  const bench = onlineAt(0);
  bench.send('hi');
  bench.frames();
  bench.say(message(1, 'hi', { senderId: 'ada', clientId: 'id1' }));
  assert.deepEqual(bench.states(), []);
  bench.drop();
  bench.pass(250);
  bench.welcome([['r', 1, true]]);
  assert.equal(bench.client.unsent(), 1);
  bench.ack('id1', 1);
  assert.equal(bench.client.unsent(), 0);
});

test('after a reconnect the same frame is sent again, first of all', () => {
  const bench = onlineAt(0);
  bench.send('one');
  bench.send('two');
  const [sent] = bench.frames();
  bench.drop();
  bench.pass(250);
  bench.welcome([['r', 0, true]]);
  assert.deepEqual(bench.frames(), [sent]);
});

test('what is written offline waits, and goes out in its order', () => {
  const bench = new Bench();
  bench.send('one');
  bench.send('two');
  bench.online();
  assert.deepEqual(bench.frames().map(({ content }) => content), ['one']);
  bench.ack('id1', 1);
  assert.deepEqual(bench.frames().map(({ content }) => content), ['two']);
});

test('a temporary nack is answered by the same frame after its time', () => {
  const bench = onlineAt(0);
  bench.send('one');
  const [first] = bench.frames();
  bench.nack('id1', 'try_again', true, 700);
  bench.pass(699);
  assert.deepEqual(bench.frames(), []);
  assert.deepEqual(bench.states(), ['waiting one']);
  bench.pass(1);
  assert.deepEqual(bench.frames(), [first]);
});

test('a permanent nack fails the message, and the next one goes', () => {
  const bench = onlineAt(0);
  bench.send('one');
  bench.send('two');
  bench.frames();
  bench.nack('id1', 'denied', false);
  assert.deepEqual(bench.states(), ['failed one', 'waiting two']);
  assert.deepEqual(bench.frames().map(({ content }) => content), ['two']);
  assert.equal(bench.take('failed')[0].code, 'denied');
});

test('a failed message is sent again under its id, or discarded', () => {
  const bench = onlineAt(0);
  bench.send('one');
  const [first] = bench.frames();
  bench.nack('id1', 'denied', false);
  bench.client.retry('r', 'id1', bench.now);
  assert.deepEqual(bench.frames(), [first]);
  bench.nack('id1', 'denied', false);
  bench.client.discard('r', 'id1');
  assert.deepEqual(bench.states(), []);
});

/* Lets the message on the wire be refused for a while until it fails or the limit is over; gives how often. */
function refusals(bench, id) {
  let count = 0;
  while (bench.client.room('r').outbox[0]?.frame.clientId === id && count < 20) {
    bench.frames();
    bench.nack(id, 'try_again', true, 700);
    count++;
    bench.pass(699);
    assert.deepEqual(bench.frames('send').filter(({ clientId }) => clientId === id), []);
    bench.pass(1);
  }
  return count;
}

test('after three retries a temporary nack fails the message with its code; a retry begins to count anew', () => {
  const bench = onlineAt(0);
  bench.send('one');
  bench.send('two');
  assert.equal(refusals(bench, 'id1'), 4);
  assert.deepEqual(bench.states(), ['failed one', 'waiting two']);
  assert.equal(bench.take('failed')[0].code, 'try_again');
  bench.ack('id2', 1);
  bench.client.retry('r', 'id1', bench.now);
  assert.equal(refusals(bench, 'id1'), 4);
});

test('lost connections and silence are never counted as retries', () => {
  const bench = onlineAt(0);
  bench.send('one');
  for (let i = 0; i < 10; i++) {
    if (i % 2 === 0) {
      bench.drop(); // in the middle of the attempt
      bench.pass(bench.client.reconnectAt - bench.now);
    } else {
      bench.pass(10000); // no answer: the connection is given up
      assert.equal(bench.client.state, 'waiting');
      bench.pass(bench.client.reconnectAt - bench.now);
    }
    bench.welcome([['r', 0, true]]);
    assert.deepEqual(bench.states(), ['waiting one']);
  }
  bench.nack('id1', 'try_again', true, 0); // and what was counted stays counted over them
  bench.drop();
  bench.pass(bench.client.reconnectAt - bench.now);
  bench.welcome([['r', 0, true]]);
  assert.equal(refusals(bench, 'id1'), 3);
});

test('retries that were counted stay counted over a reload', () => {
  const bench = onlineAt(0);
  bench.send('one');
  bench.nack('id1', 'try_again', true, 0);
  bench.nack('id1', 'try_again', true, 0); // of an attempt that is over
  const again = reloaded(bench);
  again.online();
  assert.equal(refusals(again, 'id1'), 3);
});

test('a nack of an attempt that is over changes nothing', () => {
  const bench = onlineAt(0);
  bench.send('one');
  bench.nack('id1', 'try_again', true, 5000);
  bench.nack('id1', 'denied', false);
  bench.nack('unknown', 'denied', false);
  assert.deepEqual(bench.states(), ['waiting one']);
});

test('an answer that names no request changes nothing', () => {
  const bench = onlineAt(0);
  bench.ack(undefined, 3);
  bench.nack(undefined, 'denied', false);
  bench.send('one');
  bench.ack(undefined, 3);
  bench.nack(undefined, 'denied', false);
  assert.deepEqual(bench.states(), ['waiting one']);
});

test('no answer to a message for too long ends the connection', () => {
  const bench = onlineAt(0);
  bench.send('one');
  bench.pass(9999);
  bench.say({ type: 'pong' }); // alive, but silent about the message
  bench.pass(1);
  assert.equal(bench.client.state, 'waiting');
  assert.equal(bench.take('disconnect').length, 1);
});

test('content at the limit goes, beyond it and empty does not; what no server takes is cleaned', () => {
  const bench = onlineAt(0);
  assert.ok(bench.send('é'.repeat(CONTENT_BYTES_MAX / 2)));
  assert.equal(bench.send(`${'é'.repeat(CONTENT_BYTES_MAX / 2)}a`), null);
  assert.equal(bench.send(''), null);
  assert.equal(bench.send('\0'), null);
  assert.equal(bench.send('x', 'not a room'), null);
  assert.equal(bench.send('a\0b\ud800').frame.content, 'ab\ufffd');
});

test('the outbox has a limit', () => {
  const bench = new Bench();
  for (let i = 0; i < 1024; i++) {
    assert.ok(bench.send('x'));
  }
  assert.equal(bench.send('x'), null);
});

test('a send names the greatest stamp that was shown', () => {
  const bench = onlineAt(0);
  bench.say(message(1));
  bench.send('after');
  assert.equal(bench.frames()[0].seen, stamp(1));
});

// --- Rooms -------------------------------------------------------------------------------------------

test('a room that does not exist is made', () => {
  const bench = new Bench();
  bench.online([]);
  bench.client.enter('r', bench.now);
  bench.client.enter('r', bench.now);
  assert.deepEqual(bench.frames(), [{ type: 'room_join', roomId: 'r', clientId: 'id1' }]);
  bench.nack('id1', 'denied', false);
  assert.deepEqual(bench.frames(), [{ type: 'room_create', roomId: 'r', clientId: 'id2', open: true }]);
  bench.ack('id2', 1);
  assert.equal(bench.take('entered').length, 1);
  assert.equal(bench.client.room('r').member, true);
  assert.equal(bench.client.unsent(), 0);
});

test('a room that is made by another meanwhile is joined; one that is not open is refused at last', () => {
  const bench = new Bench();
  bench.online([]);
  bench.client.enter('r', bench.now);
  bench.nack('id1', 'denied', false);
  bench.nack('id2', 'conflict', false);
  bench.frames();
  bench.nack('id3', 'denied', false);
  assert.equal(bench.take('failed')[0].code, 'denied');
  assert.deepEqual(bench.frames(), []);
});

test('leaving waits for what was written before, and is asked once', () => {
  const bench = onlineAt(0);
  bench.send('last words');
  bench.client.leave('r', bench.now);
  bench.client.leave('r', bench.now);
  assert.equal(bench.client.bound('r'), 'out');
  bench.ack('id1', 1);
  bench.ack('id2', 2);
  assert.deepEqual(bench.frames().map(({ type }) => type), ['send', 'room_leave']);
  assert.equal(bench.client.unsent(), 0);
});

test('leaving a room that was left elsewhere is done', () => {
  const bench = onlineAt(0);
  bench.client.leave('r', bench.now);
  bench.nack('id1', 'denied', false);
  assert.equal(bench.client.room('r').member, false);
});

// --- The connection ----------------------------------------------------------------------------------

test('the hello names epoch, positions and the greatest stamp', () => {
  const bench = onlineAt(4);
  bench.say(message(5));
  bench.drop();
  bench.pass(250);
  const hello = bench.welcome([['r', 5, true]]);
  assert.deepEqual(hello, { type: 'hello', version: 1, token: 'token', device: 'd', epoch: 'e1',
    positions: { r: 5 }, seen: stamp(5) });
});

test('recovered: what follows live is shown, and nothing is asked for', () => {
  const bench = onlineAt(4);
  bench.drop();
  bench.pass(250);
  bench.welcome([['r', 6, true]]);
  bench.say(message(5));
  bench.say(message(6));
  assert.deepEqual(bench.texts(), ['text 5', 'text 6']);
  assert.deepEqual(bench.frames('sync_request'), []);
});

test('not recovered: it is asked for, and live entries wait for it', () => {
  const bench = onlineAt(4);
  bench.drop();
  bench.pass(250);
  bench.welcome([['r', 6, false]]);
  assert.deepEqual(bench.frames()[0].positions, { r: 4 });
  bench.say(message(7));
  assert.deepEqual(bench.texts(), []);
  bench.page([message(5), message(6)]);
  assert.deepEqual(bench.texts(), ['text 5', 'text 6', 'text 7']);
});

test('a head below what was shown is asked about; the reset starts the room at its head', () => {
  const bench = onlineAt(9);
  bench.drop();
  bench.pass(250);
  bench.welcome([['r', 3, false]]);
  bench.frames();
  bench.error('reset');
  assert.equal(bench.take('reset').at(-1).room.id, 'r');
  bench.pass(500);
  const hello = bench.welcome([['r', 3, true]]);
  assert.deepEqual(hello.positions, {});
  bench.say(message(4));
  assert.deepEqual(bench.texts(), ['text 4']);
});

test('another epoch: all that was shown is forgotten, what was written is not', () => {
  const bench = onlineAt(2);
  bench.say(message(3));
  bench.send('kept');
  bench.drop();
  bench.pass(250);
  bench.welcome([['r', 1, false]], { epoch: 'e2' });
  assert.deepEqual(bench.texts(), []);
  assert.deepEqual(bench.states(), ['waiting kept']);
  assert.deepEqual(bench.frames('sync_request'), []);
  bench.say(message(2));
  assert.deepEqual(bench.texts(), ['text 2']);
});

test('a page of another epoch ends the connection', () => {
  const bench = onlineAt(0);
  bench.say(message(2));
  bench.pass(500);
  bench.page([message(1)], { epoch: 'e2' });
  assert.deepEqual(bench.texts(), []);
  assert.equal(bench.client.state, 'waiting');
});

test('a temporary error of a sync is asked again after its pause', () => {
  const bench = onlineAt(0);
  bench.say(message(2));
  bench.pass(500);
  bench.frames();
  bench.error('try_again', { temporary: true, retryAfterMs: 900 });
  bench.pass(899);
  assert.deepEqual(bench.frames(), []);
  bench.pass(1);
  assert.equal(bench.frames('sync_request').length, 1);
});

test('events of another connection change nothing', () => {
  const bench = onlineAt(0);
  const old = bench.client.conn;
  bench.drop();
  bench.pass(250);
  bench.welcome();
  bench.say(message(1), old);
  bench.client.closed(old, 4500, bench.now);
  bench.client.opened(old, bench.now);
  assert.equal(bench.client.state, 'online');
  assert.deepEqual(bench.texts(), []);
  assert.deepEqual(bench.frames(), []);
});

test('nothing but a welcome begins a session', () => {
  const bench = new Bench();
  bench.client.start(bench.now);
  bench.say(message(1));
  bench.client.opened(bench.client.conn, bench.now);
  bench.say(message(1));
  bench.client.frame(bench.client.conn, 'not JSON', bench.now);
  assert.equal(bench.client.state, 'hello');
  assert.deepEqual(bench.texts(), []);
});

test('the back-off doubles to its limit, and a stable connection resets it', () => {
  const bench = new Bench({ luck: 1 });
  bench.client.start(bench.now);
  const pauses = [];
  for (let i = 0; i < 8; i++) {
    bench.drop();
    pauses.push(bench.client.reconnectAt - bench.now);
    bench.pass(pauses.at(-1));
  }
  assert.deepEqual(pauses, [500, 750, 1250, 2250, 4250, 8250, 10000, 10000]);
  bench.welcome();
  bench.pass(10000);
  bench.drop();
  assert.equal(bench.client.reconnectAt - bench.now, 500);
});

test('draining says when to come back', () => {
  const bench = onlineAt(0, { luck: 1 });
  bench.say({ type: 'draining', reconnectInMs: 3000 });
  bench.pass(1000);
  bench.drop(1012);
  assert.equal(bench.client.reconnectAt - bench.now, 2250);
  bench.client.reconnect(bench.now);
  bench.drop();
  assert.equal(bench.client.reconnectAt - bench.now, 500); // said once
});

test('45xx and an expired token stop; start with another token goes on', () => {
  for (const code of [4001, 4500, 4505]) {
    const bench = onlineAt(0);
    bench.drop(code);
    assert.equal(bench.client.state, 'refused');
    assert.equal(bench.take('refused')[0].code, code);
    assert.equal(bench.client.wakeAt(), Infinity);
    bench.client.start(bench.now, 'another');
    assert.equal(bench.welcome().token, 'another');
  }
});

test('another token is asked for before the first one ends, and takes its place on the same connection', () => {
  const bench = onlineAt(0);
  bench.say({ type: 'refreshed', expiresInMs: 20000 });
  const quiet = (ms) => { bench.say({ type: 'pong' }); bench.pass(ms); };
  quiet(9999);
  assert.deepEqual(bench.take('expiring'), []);
  quiet(1);
  assert.equal(bench.take('expiring').length, 1);
  quiet(10000); // none came: it is asked for again
  assert.equal(bench.take('expiring').length, 1);
  bench.frames();
  bench.client.refresh('another', bench.now);
  assert.deepEqual(bench.frames(), [{ type: 'refresh', ref: 'token', token: 'another' }]);
  bench.say({ type: 'refreshed', ref: 'token', expiresInMs: 8000 });
  quiet(3999);
  assert.deepEqual(bench.take('expiring'), []);
  quiet(1);
  assert.equal(bench.take('expiring').length, 1); // of what is left half is enough
  assert.equal(bench.client.state, 'online');
  bench.drop();
  assert.equal(bench.client.refreshAt, Infinity);
});

test('a token that ends in years is no matter of a timer', () => {
  const bench = onlineAt(0);
  bench.say({ type: 'refreshed', expiresInMs: 2 ** 53 - 1 });
  assert.equal(bench.client.refreshAt, Infinity);
});

test('pings go out, their answers keep the connection, silence ends it', () => {
  const bench = onlineAt(0);
  bench.pass(12500);
  assert.deepEqual(bench.frames(), [{ type: 'ping' }]);
  bench.say({ type: 'pong' });
  bench.pass(34999);
  assert.equal(bench.client.state, 'online');
  bench.pass(1);
  assert.equal(bench.client.state, 'waiting');
});

test('a probe ends a connection that does not answer, and keeps one that does', () => {
  const bench = onlineAt(0);
  bench.client.probe(bench.now);
  assert.deepEqual(bench.frames(), [{ type: 'ping' }]);
  bench.say({ type: 'pong' });
  bench.pass(10000);
  assert.equal(bench.client.state, 'online');
  bench.client.probe(bench.now);
  bench.pass(10000);
  assert.equal(bench.client.state, 'waiting');
});

test('a connection that does not open, or is not welcomed, is given up', () => {
  const bench = new Bench();
  bench.client.start(bench.now);
  bench.pass(10000);
  assert.equal(bench.client.state, 'waiting');
  bench.pass(250);
  bench.client.opened(bench.client.conn, bench.now);
  bench.pass(10000);
  assert.equal(bench.client.state, 'waiting');
  assert.equal(bench.take('disconnect').length, 2);
});

test('a network that is gone is not waited for; one that came back is tried at once', () => {
  const bench = onlineAt(0);
  bench.client.lost(bench.now);
  assert.equal(bench.client.state, 'waiting');
  bench.client.reconnect(bench.now);
  assert.equal(bench.client.state, 'connecting');
});

test('stop is silent for good', () => {
  const bench = onlineAt(0);
  bench.client.stop(bench.now);
  bench.drop();
  assert.equal(bench.client.state, 'off');
  assert.equal(bench.client.wakeAt(), Infinity);
  assert.equal(bench.take('disconnect').length, 1);
});

// --- History -----------------------------------------------------------------------------------------

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));

test('history comes page by page, down to the beginning of the log', () => {
  const bench = onlineAt(60);
  bench.client.history('r', bench.now);
  bench.client.history('r', bench.now);
  assert.deepEqual(bench.frames(), [{ type: 'sync_request', ref: 's1', limit: 50, roomId: 'r', before: 61 }]);
  bench.page(range(11, 60), { hasMore: true });
  assert.equal(bench.texts().length, 50);
  assert.equal(bench.client.room('r').historyDone, false);
  bench.client.history('r', bench.now);
  assert.deepEqual(bench.frames(), [{ type: 'sync_request', ref: 's2', limit: 50, roomId: 'r', before: 11 }]);
  bench.page(range(1, 10), { hasMore: false });
  assert.deepEqual(bench.texts(), range(1, 60).map(({ content }) => content));
  assert.equal(bench.client.room('r').historyDone, true);
  bench.client.history('r', bench.now);
  assert.deepEqual(bench.frames(), []);
});

test('a short page of history is a page; live entries do not disturb it', () => {
  const bench = onlineAt(60);
  bench.client.history('r', bench.now);
  bench.say(message(61));
  bench.page(range(31, 60), { hasMore: true });
  assert.deepEqual(bench.texts(), range(31, 61).map(({ content }) => content));
  assert.equal(bench.client.room('r').historyDone, false);
  bench.frames();
  bench.client.history('r', bench.now);
  assert.equal(bench.frames()[0].before, 31);
});

test('history ends at the own join, and what is of an earlier stay is not shown', () => {
  const bench = onlineAt(20);
  bench.client.history('r', bench.now);
  bench.page([event(15, 'join'), ...range(16, 20)], { hasMore: true });
  assert.deepEqual(bench.texts(), ['join 15', ...range(16, 20).map(({ content }) => content)]);
  assert.equal(bench.client.room('r').historyDone, true);
  assert.equal(bench.client.room('r').low, 15);
});

test('a page that does not end where it was asked for is of an earlier stay', () => {
  for (const page of [[], [event(1, 'join'), message(2)]]) {
    const bench = onlineAt(20);
    bench.client.history('r', bench.now);
    bench.page(page, { hasMore: true });
    assert.deepEqual(bench.texts(), []);
    assert.equal(bench.client.room('r').historyDone, true);
    assert.equal(bench.client.room('r').low, 21);
  }
});

test('history that is refused is over, and costs no connection', () => {
  for (const code of ['denied', 'too_large']) {
    const bench = onlineAt(20);
    bench.client.history('r', bench.now);
    bench.error(code);
    assert.equal(bench.client.state, 'online');
    assert.equal(bench.client.room('r').historyDone, true);
    assert.equal(bench.client.wakeAt() > bench.now, true);
  }
});

test('history that was asked for is asked for again on the next connection', () => {
  const bench = onlineAt(20);
  bench.client.history('r', bench.now);
  bench.drop();
  bench.pass(250);
  bench.welcome([['r', 20, true]]);
  assert.equal(bench.frames()[0].before, 21);
});

test('history of a room that is not ours any more is not asked for', () => {
  const bench = onlineAt(20);
  bench.client.history('r', bench.now);
  bench.drop();
  bench.pass(250);
  bench.frames();
  bench.welcome([]);
  assert.deepEqual(bench.frames(), []);
  bench.pass(1000);
  assert.deepEqual(bench.frames(), []);
});

test('history that comes after the room started anew is of the time before, and not shown', () => {
  const bench = onlineAt(20);
  bench.client.history('r', bench.now);
  bench.say(event(21, 'leave'));
  bench.say(event(30, 'join'));
  bench.page(range(1, 20));
  assert.deepEqual(bench.texts(), ['join 30']);
});

test('what was trimmed can be had again', () => {
  const bench = onlineAt(0);
  range(1, 30).forEach((entry) => bench.say(entry));
  bench.client.trim('r', 10);
  assert.equal(bench.texts().length, 10);
  bench.client.history('r', bench.now);
  bench.page(range(1, 20));
  assert.deepEqual(bench.texts(), range(1, 30).map(({ content }) => content));
});

// --- Snapshot ----------------------------------------------------------------------------------------

test('a snapshot brings back positions, rooms and what was written, under the same ids', () => {
  const bench = onlineAt(4);
  bench.say(message(5));
  bench.send('waiting');
  const [sent] = bench.frames();
  bench.send('second');
  const again = reloaded(bench);
  assert.equal(again.client.room('r').member, true);
  assert.deepEqual(again.states(), ['waiting waiting', 'waiting second']);
  const hello = again.online([['r', 6, true]]);
  assert.deepEqual([hello.epoch, hello.positions, hello.seen], ['e1', { r: 5 }, stamp(5)]);
  assert.deepEqual(again.frames('send'), [sent]);
  again.say(message(6));
  assert.deepEqual(again.texts(), ['text 6']);
  again.client.history('r', again.now);
  assert.equal(again.frames()[0].before, 6);
});

test('a snapshot that is too old does no harm: the first ack comes, and nothing stands twice', () => {
  const bench = onlineAt(0);
  bench.send('hi');
  const again = reloaded(bench);
  again.online([['r', 1, true]]);
  again.say(message(1, 'hi', { senderId: 'ada', clientId: 'id1' }));
  again.ack('id1', 1);
  assert.deepEqual(again.texts(), ['hi']);
  assert.deepEqual(again.states(), []);
});

test('failed messages survive a reload', () => {
  const bench = onlineAt(0);
  bench.send('no');
  bench.nack('id1', 'denied', false);
  assert.deepEqual(reloaded(bench).states(), ['failed no']);
});

test('an own message that was shown before its ack stays hidden behind its entry over a reload', () => {
  const bench = onlineAt(0);
  bench.send('hi');
  bench.say(message(1, 'hi', { senderId: 'ada', clientId: 'id1' }));
  const again = reloaded(bench);
  assert.deepEqual(again.states(), []);
  again.online([['r', 1, true]]);
  assert.equal(again.frames('send').length, 1); // resent until it is acked
  again.ack('id1', 1);
  assert.deepEqual(again.client.outboxes(), []);
});

test('an own message that only history brings is hidden behind it, too; of another log it is not', () => {
  const bench = onlineAt(0);
  bench.send('hi');
  const again = reloaded(bench, { snapshot: null });
  again.online([['r', 1, true]]);
  assert.deepEqual(again.states(), ['waiting hi']); // not said to be sent before that is known
  again.client.history('r', again.now);
  again.page([message(1, 'hi', { senderId: 'ada', clientId: 'id1' })]);
  assert.deepEqual(again.states(), []);
  again.drop();
  again.pass(again.client.reconnectAt - again.now);
  again.welcome([['r', 5, true]], { epoch: 'e2' });
  assert.deepEqual(again.states(), ['waiting hi']);
});

test('what another tab wrote is taken once, and behind what is here', () => {
  const bench = onlineAt(0);
  bench.send('mine');
  const [mine] = bench.frames();
  const other = [{ id: 'r', failed: [], outbox: ['x1', 'x2'].map((clientId) =>
    ({ frame: { type: 'send', roomId: 'r', clientId, content: clientId }, at: 1 })) }];
  const { written } = bench.client;
  bench.client.adopt(other, bench.now);
  bench.client.adopt(other, bench.now);
  assert.ok(bench.client.written > written);
  assert.deepEqual(bench.states(), ['waiting mine', 'waiting x1', 'waiting x2']);
  bench.ack(mine.clientId, 1);
  assert.deepEqual(bench.frames('send').map(({ clientId }) => clientId), ['x1']);
});

test('a message that failed here and was sent by another tab does not fail any more', () => {
  const bench = onlineAt(0);
  bench.send('no');
  bench.nack('id1', 'denied', false);
  bench.say(message(1, 'no', { senderId: 'ada', clientId: 'id1' }));
  assert.deepEqual(bench.states(), []);
});

test('every change of what was written is noticed', () => {
  const bench = onlineAt(0);
  let last = bench.client.written;
  const changes = (what, run) => {
    run();
    assert.ok(bench.client.written > last, what);
    last = bench.client.written;
  };
  changes('send', () => bench.send('one'));
  changes('temporary nack', () => bench.nack('id1', 'try_again', true, 0));
  bench.pass(250);
  changes('nack', () => bench.nack('id1', 'denied', false));
  changes('retry', () => bench.client.retry('r', 'id1', bench.now));
  changes('own message', () => bench.say(message(1, 'one', { senderId: 'ada', clientId: 'id1' })));
  changes('ack', () => bench.ack('id1', 1));
  bench.say(message(2));
  assert.equal(bench.client.written, last);
});

// --- Who is there ------------------------------------------------------------------------------------

const update = (version, status, more = {}) => ({ type: 'presence_update', userId: 'bob', status, version, ...more });
const bob = (bench) => bench.client.people.get('bob');

test('of two tellings of somebody the greater version counts, whichever comes first', () => {
  const bench = new Bench();
  bench.online();
  assert.equal(bob(bench), null);
  bench.say(update(7, 'busy', { lastSeen: 5, metadata: { customStatus: 'at work', doNotDisturbUntil: 9 } }));
  bench.say(update(6, 'offline', { lastSeen: 4 }));
  bench.say(update(7, 'online'));
  assert.deepEqual(bob(bench), { status: 'busy', version: 7, device: undefined, currentRoom: undefined,
    lastSeen: 5, customStatus: 'at work', doNotDisturbUntil: 9 });
  bench.say({ type: 'presence_state', users: [update(8, 'offline', { lastSeen: 3 })] });
  assert.equal(bob(bench).status, 'offline');
  assert.equal(bob(bench).lastSeen, 5); // it does not go back
  assert.equal(bob(bench).customStatus, '');
});

test('what may be old is marked until it is not, and with the next connection', () => {
  const bench = new Bench();
  bench.online();
  bench.say({ type: 'presence_state', stale: true, users: [] });
  assert.equal(bench.client.stale, true);
  bench.say({ type: 'presence_state', users: [] });
  assert.equal(bench.client.stale, false);
  bench.say({ type: 'presence_state', stale: true, users: [] });
  bench.drop();
  bench.pass(1000);
  bench.welcome();
  assert.equal(bench.client.stale, false);
});

test('people of another log are forgotten, those of the same are not', () => {
  const bench = new Bench();
  bench.online();
  bench.say(update(7, 'busy'));
  bench.drop();
  bench.pass(1000);
  bench.welcome();
  assert.equal(bob(bench).status, 'busy');
  bench.drop();
  bench.pass(1000);
  bench.welcome([], { epoch: 'e2' });
  assert.equal(bob(bench), null);
});

test('what a device sees and shows is said once, and again on each connection', () => {
  const bench = new Bench();
  bench.online([['r', 0, true]]);
  const { client } = bench;
  client.look('r', bench.now);
  client.look('r', bench.now);
  client.sense('away', bench.now);
  client.sense('away', bench.now);
  const said = [{ type: 'presence', currentRoom: 'r' }, { type: 'presence', status: 'away' }];
  assert.deepEqual(bench.frames('presence'), said);
  bench.drop();
  bench.pass(1000);
  bench.frames();
  bench.client.opened(client.conn, bench.now);
  bench.take('transmit');
  bench.welcome();
  assert.deepEqual(bench.frames('presence'), said.reverse());
  client.sense('online', bench.now);
  client.look('', bench.now);
  assert.deepEqual(bench.frames('presence'),
    [{ type: 'presence', status: 'online' }, { type: 'presence', currentRoom: null }]);
});

test('a room is said to be in sight when it is the own', () => {
  const bench = new Bench();
  bench.online([]);
  bench.client.look('new', bench.now);
  assert.deepEqual(bench.frames('presence'), [{ type: 'presence', currentRoom: null }]);
  bench.client.enter('new', bench.now);
  const [join] = bench.frames('room_join');
  bench.say({ type: 'ack', clientId: join.clientId, roomId: 'new', id: 'x', seq: 3, timestamp: 3, hlc: stamp(3) });
  assert.deepEqual(bench.frames('presence'), [{ type: 'presence', currentRoom: 'new' }]);
});

test('a choice waits for a connection, the last word of each kind counts', () => {
  const bench = new Bench();
  const { client } = bench;
  client.choose({ status: 'away', customStatus: 'out' }, bench.now);
  client.choose({ status: 'busy', doNotDisturbUntil: 99 }, bench.now);
  bench.online();
  assert.deepEqual(bench.frames('presence'), [{ type: 'presence', status: 'busy', manual: true,
    metadata: { customStatus: 'out', doNotDisturbUntil: 99 } }]);
  client.choose({ status: null, customStatus: null, doNotDisturbUntil: null }, bench.now);
  assert.deepEqual(bench.frames('presence'), [{ type: 'presence', status: null,
    metadata: { customStatus: null, doNotDisturbUntil: null } }]);
  client.choose({ customStatus: 'a\0b\ud800' }, bench.now);
  assert.deepEqual(bench.frames('presence'), [{ type: 'presence', metadata: { customStatus: 'ab\ufffd' } }]);
});

test('a room of too many says how many are there', () => {
  const bench = new Bench();
  bench.online();
  bench.say({ type: 'presence_room', roomId: 'r', online: 4999 });
  assert.equal(bench.client.room('r').crowd, 4999);
});

function idler() {
  const said = [];
  const idle = new Idle({ now: 0, idleMs: 300, warnMs: 60, output: (kind) => said.push(kind) });
  return { idle, said: () => said.splice(0) };
}

test('who does nothing is warned once, and then away', () => {
  const { idle, said } = idler();
  idle.check(239);
  assert.deepEqual(said(), []);
  idle.check(240);
  idle.check(250);
  assert.deepEqual(said(), ['warning']);
  idle.check(299);
  assert.deepEqual(said(), []);
  idle.check(300);
  idle.check(9000);
  assert.deepEqual(said(), ['idle']);
  idle.activity(9001);
  assert.deepEqual(said(), ['active']);
  idle.check(9240);
  assert.deepEqual(said(), []);
  idle.check(9241);
  assert.deepEqual(said(), ['warning']);
});

test('activity withdraws the warning, and is told once', () => {
  const { idle, said } = idler();
  idle.activity(10);
  assert.deepEqual(said(), []);
  idle.check(260);
  idle.activity(261);
  idle.activity(262);
  assert.deepEqual(said(), ['warning', 'withdrawn']);
  idle.check(501);
  assert.deepEqual(said(), []);
});

test('a pause in which nothing was looked at ends in away, without a warning', () => {
  const { idle, said } = idler();
  idle.check(100000);
  assert.deepEqual(said(), ['idle']);
});

test('words say what is known', () => {
  const now = 1700000000000;
  assert.deepEqual(words.of(null, now), { status: 'offline', word: 'Offline', lines: [] });
  const seen = (ms) => words.of({ status: 'offline', lastSeen: now - ms }, now).word;
  assert.equal(seen(0), 'Offline, last seen just now');
  assert.equal(seen(-5000), 'Offline, last seen just now'); // a server's clock that is ahead
  assert.equal(seen(59999), 'Offline, last seen just now');
  assert.equal(seen(60000), 'Offline, last seen 1 minute ago');
  assert.equal(seen(3 * 3600000), 'Offline, last seen 3 hours ago');
  assert.equal(seen(24 * 3600000), 'Offline, last seen yesterday');
  const { word, lines } = words.of({ status: 'busy', lastSeen: 5, customStatus: 'x', doNotDisturbUntil: now + 1 }, now);
  assert.equal(word, 'Busy');
  assert.equal(lines[0], 'x');
  assert.match(lines[1], /^Do not disturb until /);
  assert.equal(words.of({ status: 'busy', doNotDisturbUntil: now }, now).lines.length, 0); // it ended by itself
  assert.equal(words.idleWarning(60000), 'You will be shown as away in 1 minute.');
  const eight = words.morning(new Date(2024, 0, 1, 8, 0, 0));
  assert.equal(eight, new Date(2024, 0, 2, 8, 0, 0).getTime());
  assert.equal(words.morning(new Date(2024, 0, 1, 7, 59, 0)), new Date(2024, 0, 1, 8, 0, 0).getTime());
});

// --- Direct chats ------------------------------------------------------------------------------------

const BOB = directRoom('ada', 'bob');

test('the first message of a direct chat names the other one; when the room is there, the room', () => {
  const bench = new Bench();
  bench.online([]);
  const room = bench.client.direct('bob');
  assert.deepEqual([room.id, room.direct, room.other, room.member], [BOB, true, 'bob', false]);
  bench.send('one', BOB);
  bench.send('two', BOB);
  assert.deepEqual(bench.frames(), [{ type: 'send', recipientId: 'bob', clientId: 'id1', content: 'one' }]);
  [event(1, 'join', 'ada', BOB), event(2, 'join', 'bob', BOB)].forEach((entry) => bench.say(entry));
  bench.say(message(3, 'one', { senderId: 'ada', roomId: BOB, clientId: 'id1' }));
  bench.ack('id1', 3, BOB);
  bench.send('three', BOB);
  assert.deepEqual(bench.frames('send').map(({ content, recipientId }) => [content, recipientId]), [['two', 'bob']]);
  bench.ack('id2', 4, BOB);
  assert.deepEqual(bench.frames('send').map(({ content, roomId, recipientId }) => [content, roomId, recipientId]), [['three', BOB, undefined]]);
  assert.deepEqual(bench.texts(BOB), ['join 1', 'join 2', 'one']);
  assert.deepEqual(bench.states(BOB), ['acked two', 'waiting three']);
  assert.equal(bench.client.room(BOB).historyDone, true);
});

test('there is no direct chat with oneself, nor with what is no name', () => {
  const { client } = new Bench();
  for (const none of ['ada', '', 'a b', '@bob', 'x'.repeat(65)]) {
    assert.equal(client.direct(none), null, none);
  }
  assert.equal(client.rooms.size, 0);
});

test('the first message of a direct chat survives a reload with its name, and keeps its id and order', () => {
  const bench = new Bench();
  bench.client.direct('bob');
  bench.send('one', BOB);
  bench.send('two', BOB);
  const again = reloaded(bench);
  assert.equal(again.client.room(BOB).other, 'bob');
  assert.deepEqual(again.states(BOB), ['waiting one', 'waiting two']);
  const hello = again.online([]);
  assert.equal(hello.positions, undefined); // no place of a room that is not there
  assert.deepEqual(again.frames('send'), [{ type: 'send', recipientId: 'bob', clientId: 'id1', content: 'one' }]);
  again.drop();
  again.pass(again.client.reconnectAt - again.now);
  again.welcome([[BOB, 3, true]]); // it was taken, and its answer lost
  assert.deepEqual(again.frames('send').map(({ clientId, recipientId }) => [clientId, recipientId]), [['id1', 'bob']]);
  const other = reloaded(bench, { snapshot: null }); // as another tab takes it, which knows of nobody
  assert.equal(other.client.room(BOB).other, 'bob');
});

test('a first message that is refused for good fails at once, can go again and be discarded; the next one goes', () => {
  for (const code of ['bad_field', 'denied', 'too_large']) {
    const bench = new Bench();
    bench.online([]);
    bench.client.direct('bob');
    bench.send('one', BOB);
    bench.send('two', BOB);
    const [first] = bench.frames();
    bench.nack('id1', code, false);
    assert.deepEqual(bench.states(BOB), ['failed one', 'waiting two']);
    assert.deepEqual(bench.frames('send').map(({ clientId }) => clientId), ['id2']);
    bench.nack('id2', code, false);
    bench.client.retry(BOB, 'id1', bench.now);
    assert.deepEqual(bench.frames('send'), [first]);
    bench.nack('id1', code, false);
    bench.client.discard(BOB, 'id1');
    assert.deepEqual(bench.states(BOB), ['failed two']);
  }
});

test('one types to the person until the room is there, and then in it', () => {
  const bench = new Bench();
  bench.online([]);
  bench.client.direct('bob');
  const said = () => bench.frames().map(({ type, roomId, recipientId }) => [type, roomId ?? recipientId]);
  bench.client.type(BOB, 'h', bench.now);
  bench.client.type(BOB, '', bench.now);
  assert.deepEqual(said(), [['typing_start', 'bob'], ['typing_stop', 'bob']]);
  bench.client.type(BOB, 'h', bench.now);
  [event(1, 'join', 'ada', BOB), event(2, 'join', 'bob', BOB)].forEach((entry) => bench.say(entry));
  bench.pass(3000);
  assert.deepEqual(said(), [['typing_start', 'bob'], ['typing_stop', BOB]]);
  bench.client.type('tea', 'h', bench.now); // a room of others
  assert.deepEqual(said(), []);
});

test('who began a direct chat is known by whatever names them, if the name of the room proves it', () => {
  const ways = {
    'a message': (bench) => bench.say(message(3, 'hi', { roomId: BOB })),
    'a join': (bench) => bench.say(event(3, 'join', 'bob', BOB)),
    'typing': (bench) => bench.say({ type: 'typing_start', roomId: BOB, userId: 'bob' }),
    'presence': (bench) => bench.say({ type: 'presence_state', users: [{ userId: 'eve', status: 'online', version: 1 }, { userId: 'bob', status: 'online', version: 1 }] }),
    'a change of presence': (bench) => bench.say({ type: 'presence_update', userId: 'bob', status: 'online', version: 1 }),
    'its members': (bench) => bench.client.meet(['ada', 'bob']),
    'history': (bench) => {
      bench.client.history(BOB, bench.now);
      bench.page([event(1, 'join', 'bob', BOB), event(2, 'join', 'ada', BOB)]);
    },
  };
  for (const [way, tell] of Object.entries(ways)) {
    const bench = new Bench();
    bench.online([[BOB, 2, true]]);
    bench.client.meet(['eve', 'ada', '', undefined]);
    assert.equal(bench.client.room(BOB).other, '', way);
    tell(bench);
    assert.equal(bench.client.room(BOB).other, 'bob', way);
    assert.equal(reloaded(bench).client.room(BOB).other, 'bob', way);
  }
});

test('a direct chat that begins while it is in sight is said to be open', () => {
  const bench = new Bench();
  bench.online([]);
  bench.client.look(bench.client.direct('bob').id, bench.now);
  assert.deepEqual(bench.frames('presence'), [{ type: 'presence', currentRoom: null }]);
  bench.say(event(1, 'join', 'ada', BOB));
  bench.say(event(2, 'join', 'bob', BOB));
  assert.deepEqual(bench.frames('presence'), [{ type: 'presence', currentRoom: BOB }]);
});

test('of another log, what waits for the other one makes the room again', () => {
  const bench = new Bench();
  bench.online([[BOB, 4, true]]);
  bench.client.direct('bob');
  bench.client.stop(bench.now);
  bench.send('one', BOB);
  bench.client.start(bench.now);
  bench.welcome([], { epoch: 'e2' });
  assert.deepEqual(bench.frames('send'), [{ type: 'send', clientId: 'id1', content: 'one', recipientId: 'bob' }]);
});

// --- Markers -----------------------------------------------------------------------------------------

/* The client has up to 100 when it comes back to a room whose head is at 1000. */
function longAway({ first = [event(100, 'join', 'eve')], rooms = [['r', 1000, false]] } = {}) {
  const bench = onlineAt(99);
  first.forEach((entry) => bench.say(entry));
  bench.drop();
  bench.pass(bench.client.reconnectAt - bench.now);
  bench.hello = bench.welcome(rooms);
  return bench;
}

const gapsOf = (bench, roomId = 'r') => bench.client.room(roomId).gaps.map(({ low, high }) => `${low}-${high}`).join();
const seqsOf = (bench, roomId = 'r') => bench.client.room(roomId).entries.map(({ seq }) => seq);
const inOrder = (seqs) => seqs.every((seq, i) => i === 0 || seq > seqs[i - 1]);

test('after a long absence the newest page comes first, and a marker says what is missing', () => {
  const bench = longAway();
  assert.deepEqual(bench.frames(), [{ type: 'sync_request', ref: 's1', limit: 100, roomId: 'r' }]);
  assert.equal(bench.client.syncing(), true);
  bench.page(range(901, 1000), { hasMore: true });
  assert.equal(gapsOf(bench), '101-900');
  assert.deepEqual(seqsOf(bench), [100, ...range(901, 1000).map(({ seq }) => seq)]);
  assert.deepEqual(bench.frames(), [{ type: 'sync_request', ref: 's2', limit: 100, roomId: 'r', before: 901 }]);
  bench.say(message(1001)); // and life goes on above
  assert.deepEqual(seqsOf(bench).slice(-2), [1000, 1001]);
  for (let high = 900; high > 100; high -= 100) {
    bench.page(range(high - 99, high), { hasMore: true });
    assert.ok(inOrder(seqsOf(bench)));
  }
  assert.equal(gapsOf(bench), '');
  assert.deepEqual(seqsOf(bench), [100, ...range(101, 1001).map(({ seq }) => seq)]);
  assert.deepEqual(bench.frames('sync_request').at(-1).before, 201); // and no more
  assert.equal(bench.client.wakeAt() > bench.now, true);
});

test('from how much on there is a marker', () => {
  const asks = (head, recovered) => {
    const bench = longAway({ rooms: [['r', head, recovered]] });
    return bench.frames('sync_request').map(({ roomId, positions }) => roomId ?? positions.r).join();
  };
  assert.equal(asks(300, false), '100');
  assert.equal(asks(301, false), 'r');
  assert.equal(asks(99, false), '100'); // the log is shorter: `reset` is to say so
  assert.equal(asks(1000, true), ''); // it comes live
  assert.equal(asks(100, false), '');
});

test('what is said and saved is the place below the marker, wherever above it something came', () => {
  const bench = longAway();
  bench.page(range(901, 1000), { hasMore: true });
  bench.say(message(1001));
  assert.equal(bench.client.snapshot().rooms[0].next, 101);
  const again = reloaded(bench);
  const hello = again.online([['r', 1001, false]]);
  assert.deepEqual(hello.positions, { r: 100 });
  again.frames();
  again.client.history('r', again.now); // what is to come first is not here yet
  assert.equal(again.client.room('r').wantsHistory, false);
  again.page(range(902, 1001), { hasMore: true });
  assert.equal(gapsOf(again), '101-901'); // nothing is lost by it
  again.client.history('r', again.now); // behind the marker
  assert.equal(again.client.room('r').wantsHistory, false);
  bench.drop();
  bench.pass(bench.client.reconnectAt - bench.now);
  assert.deepEqual(bench.welcome([['r', 1001, true]]).positions, { r: 100 });
});

test('live frames from the place below the marker fill it from there', () => {
  const bench = longAway();
  bench.page(range(901, 1000), { hasMore: true });
  range(101, 103).forEach((entry) => bench.say(entry));
  assert.equal(gapsOf(bench), '104-900');
  bench.say(message(500)); // within: it has no place yet
  bench.say(message(101));
  assert.equal(gapsOf(bench), '104-900');
  assert.deepEqual(seqsOf(bench).slice(0, 5), [100, 101, 102, 103, 901]);
  range(104, 900).forEach((entry) => bench.say(entry));
  assert.equal(gapsOf(bench), '');
  bench.page(range(801, 900), { hasMore: true }); // asked for before
  assert.equal(seqsOf(bench).length, new Set(seqsOf(bench)).size);
  assert.ok(inOrder(seqsOf(bench)));
});

test('what a page does not reach, or is behind the last one, is not the person\'s to see', () => {
  const left = longAway(); // left and joined again meanwhile, on another device
  left.page([event(951, 'join'), ...range(952, 1000)], { hasMore: true });
  assert.equal(gapsOf(left), '101-950');
  left.page([...range(101, 149), event(150, 'leave')], { hasMore: true });
  assert.equal(gapsOf(left), '');
  assert.deepEqual([seqsOf(left)[50], seqsOf(left)[51]], [150, 951]);
  assert.equal(left.client.room('r').member, true);

  const shorter = longAway();
  shorter.page(range(901, 1000), { hasMore: true });
  shorter.page(range(851, 900), { hasMore: false });
  assert.equal(gapsOf(shorter), '');
  assert.equal(shorter.client.snapshot().rooms[0].next, 1001);

  const nothing = longAway();
  nothing.page(range(901, 1000), { hasMore: true });
  nothing.page([], { hasMore: false });
  assert.equal(gapsOf(nothing), '');

  const newest = longAway();
  newest.page(range(901, 1000), { hasMore: false });
  assert.equal(gapsOf(newest), '');
  assert.equal(newest.client.snapshot().rooms[0].next, 1001);

  const reaches = longAway();
  reaches.page(range(901, 1000), { hasMore: true });
  reaches.page([...range(41, 99), event(100, 'join', 'eve'), ...range(101, 900)], { hasMore: true });
  assert.deepEqual(seqsOf(reaches).slice(0, 2), [100, 101], 'what was had does not come again');
});

test('a marker that was left open stays, and a second absence makes another one', () => {
  const bench = longAway();
  bench.page(range(901, 1000), { hasMore: true });
  bench.drop();
  bench.pass(bench.client.reconnectAt - bench.now);
  bench.frames();
  bench.welcome([['r', 1000, false]]); // nothing new: the marker goes on
  assert.deepEqual(bench.frames().map(({ roomId, before }) => [roomId, before]), [['r', 901]]);
  bench.drop();
  bench.pass(bench.client.reconnectAt - bench.now);
  bench.frames();
  bench.welcome([['r', 2000, false]]);
  assert.deepEqual(bench.frames().map(({ roomId, before }) => [roomId, before]), [['r', undefined]]);
  bench.page(range(1901, 2000), { hasMore: true });
  assert.equal(gapsOf(bench), '101-900,1001-1900');
  assert.deepEqual(bench.frames().map(({ before }) => before), [1901]); // from the top down
  bench.page(range(1001, 1900), { hasMore: true });
  bench.page(range(101, 900), { hasMore: true });
  assert.equal(gapsOf(bench), '');
  assert.deepEqual(seqsOf(bench), [100, ...range(101, 2000).map(({ seq }) => seq)]);
});

test('the room in sight comes first, its newest page and then its marker; history after what is marked there', () => {
  const bench = new Bench({ saved: { epoch: 'e1', rooms: ['a', 'b'].map((id) => ({ id, next: 101, member: true, outside: false })) } });
  bench.client.look('b', bench.now);
  const hello = bench.online([['a', 1000, false], ['b', 1000, false]]);
  assert.deepEqual(hello.focus, ['b']);
  const of = (roomId, from, to) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i, 'x', { roomId }));
  const asked = () => bench.frames('sync_request').map(({ roomId, before }) => `${roomId} ${before ?? 'newest'}`).join();
  assert.equal(asked(), 'b newest');
  bench.page(of('b', 901, 1000), { hasMore: true });
  assert.equal(asked(), 'a newest');
  bench.page(of('a', 901, 1000), { hasMore: true });
  assert.equal(asked(), 'b 901');
  bench.client.look('a', bench.now);
  bench.page(of('b', 801, 900), { hasMore: true });
  assert.equal(asked(), 'a 901');
  bench.page(of('a', 101, 900), { hasMore: true });
  assert.equal(gapsOf(bench, 'a'), '');
  assert.equal(asked(), 'b 801');
  bench.client.history('a', bench.now); // before the markers of rooms that nobody looks at
  bench.page(of('b', 701, 800), { hasMore: true });
  assert.equal(asked(), 'a 101');
  bench.page(of('a', 51, 100), { hasMore: true });
  assert.equal(asked(), 'b 701');
});

test('what is held for the newest page is not asked for from below, and not lost', () => {
  const bench = longAway();
  bench.frames();
  bench.say(message(1001));
  bench.say(message(1003));
  bench.pass(2000);
  assert.deepEqual(bench.frames('sync_request'), []);
  bench.page(range(902, 1001), { hasMore: true });
  assert.equal(gapsOf(bench), '101-901');
  assert.equal(seqsOf(bench).at(-1), 1001);
  bench.say(message(1002));
  assert.equal(seqsOf(bench).at(-1), 1003);
});

test('a room that waits for its newest page holds what comes live, and asks for nothing else', () => {
  const bench = new Bench({ saved: { epoch: 'e1', rooms: ['a', 'b'].map((id) => ({ id, next: 101, member: true, outside: false })) } });
  bench.online([['a', 1000, false], ['b', 1000, false]]);
  bench.say(message(1001, 'x', { roomId: 'b' }));
  bench.pass(2000);
  const of = (roomId, from, to) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i, 'x', { roomId }));
  bench.page(of('a', 101, 1000), { hasMore: true });
  bench.page(of('b', 902, 1001), { hasMore: true });
  assert.deepEqual(bench.frames('sync_request').map(({ roomId, before, positions }) => positions ?? [roomId, before]),
    [['a', undefined], ['b', undefined], ['b', 902]]);
});

test('who left, and joined again elsewhere long ago, is in', () => {
  const bench = longAway({ first: [event(100, 'leave')] });
  assert.equal(bench.client.room('r').outside, true);
  bench.page(range(901, 1000), { hasMore: true });
  assert.equal(bench.client.room('r').member, true);
  bench.page([event(501, 'join'), ...range(502, 900)], { hasMore: true });
  bench.page(range(61, 99), { hasMore: false }); // of the stay before
  assert.equal(gapsOf(bench), '');
  assert.deepEqual(seqsOf(bench).slice(0, 3), [100, 501, 502]);
  const joins = longAway({ first: [event(100, 'leave')] });
  joins.page([event(951, 'join'), ...range(952, 1000)], { hasMore: true });
  assert.deepEqual([gapsOf(joins), seqsOf(joins)[0]], ['', 951]); // it starts anew
});

test('a hole in the live stream is asked for from where it is, not from below the marker', () => {
  const bench = longAway();
  bench.page(range(901, 1000), { hasMore: true });
  bench.frames();
  bench.say(message(1005));
  bench.pass(500);
  bench.page(range(801, 900), { hasMore: true });
  assert.deepEqual(bench.frames('sync_request').map(({ positions }) => positions), [{ r: 1000 }]);
});

test('a refusal for a while is waited out; one for good ends what is missing, and costs no connection', () => {
  for (const pages of [0, 1]) { // the newest page, or one of the marker
    const bench = longAway();
    const [first] = pages === 0 ? bench.frames() : [bench.page(range(901, 1000), { hasMore: true }), bench.frames()[1]].slice(1);
    bench.error('try_again', { temporary: true, retryAfterMs: 700 });
    bench.pass(699);
    assert.deepEqual(bench.frames('sync_request'), []);
    bench.pass(1);
    const [again] = bench.frames('sync_request');
    assert.deepEqual([again.roomId, again.before], [first.roomId, first.before]);
    bench.error('denied');
    assert.equal(bench.client.state, 'online');
    assert.equal(gapsOf(bench), '');
    bench.pass(2000);
    assert.deepEqual(bench.frames('sync_request'), []);
  }
});

test('no answer to a page backwards ends the connection, as with every sync', () => {
  const bench = longAway();
  bench.pass(10000);
  assert.equal(bench.client.state, 'waiting');
  assert.equal(bench.client.room('r').wantsNewest, false);
});

test('the own join beyond an absence clears the marker, and a marker is not asked for by who left', () => {
  const bench = longAway();
  bench.page(range(901, 1000), { hasMore: true });
  bench.frames();
  bench.say(event(1001, 'leave'));
  bench.page(range(801, 900), { hasMore: true });
  assert.deepEqual(bench.frames('sync_request'), []);
  bench.pass(5000);
  assert.deepEqual(bench.frames('sync_request'), []);
  bench.say(event(1100, 'join'));
  assert.equal(gapsOf(bench), '');
  assert.deepEqual(seqsOf(bench), [1100]);
});

test('a room with a marker is not trimmed; an own message behind it is confirmed by what fills it', () => {
  const bench = longAway({ first: range(100, 140) });
  bench.send('mine');
  bench.page(range(901, 1000), { hasMore: true });
  bench.client.trim('r', 10);
  assert.equal(seqsOf(bench).length, 141);
  bench.page([...range(601, 700), message(701, 'mine', { senderId: 'ada', clientId: 'id1' }), ...range(702, 900)], { hasMore: true });
  assert.deepEqual(bench.states(), []);
  bench.page(range(141, 600), { hasMore: true });
  bench.client.trim('r', 10);
  assert.equal(seqsOf(bench).length, 10);
});

test('of another log no marker is left', () => {
  const bench = longAway();
  bench.page(range(901, 1000), { hasMore: true });
  bench.drop();
  bench.pass(bench.client.reconnectAt - bench.now);
  bench.welcome([['r', 7, false]], { epoch: 'e2' });
  assert.equal(gapsOf(bench), '');
  assert.equal(bench.client.snapshot().rooms[0].next, 8);
});

/* A client that is away again and again, pages of any size: whatever comes in between, all of it stands there in
 * the end, in order, and the place that it says and saves is never above what it has. */
test('whatever happens meanwhile, all is there in the end', () => {
  let most = 0;
  for (let seed = 1; seed <= 40; seed++) {
    let state = seed;
    const draw = (below) => {
      state = (state * 48271) % 2147483647;
      return state % below;
    };
    const bench = onlineAt(0);
    let head = 0;
    const serve = () => {
      for (const { ref, roomId, before = head + 1, cursor, positions } of bench.frames('sync_request')) {
        const size = 1 + draw(100);
        const from = roomId ? Math.max(1, before - size) : 1 + Number(cursor ?? positions.r);
        const to = roomId ? before - 1 : Math.min(head, from + size - 1);
        bench.page(range(from, to), { ref, hasMore: roomId ? from > 1 : to < head, cursor: String(to) });
      }
    };
    const away = () => {
      bench.drop();
      head += draw(2) * draw(700);
      bench.pass(bench.client.reconnectAt - bench.now);
      const place = bench.client.snapshot().rooms[0].next - 1;
      const seqs = new Set(seqsOf(bench));
      range(1, place).forEach(({ seq }) => assert.ok(seqs.has(seq), `seed ${seed}: ${seq} is said to be there`));
      const recovered = head - place <= 20 || draw(4) === 0;
      assert.deepEqual(bench.welcome([['r', head, recovered]]).positions, { r: place });
      if (recovered) {
        range(place + 1, head).forEach((entry) => bench.say(entry));
      }
    };
    for (let turn = 0; turn < 80; turn++) {
      [away, serve, serve, () => bench.say(message(++head))][draw(4)]();
      most = Math.max(most, bench.client.room('r').gaps.length);
    }
    for (let turn = 0; turn < 3000 && (gapsOf(bench) !== '' || bench.client.room('r').next <= head); turn++) {
      serve();
      bench.pass(500);
    }
    assert.deepEqual(seqsOf(bench), range(1, head).map(({ seq }) => seq), `seed ${seed}`);
  }
  assert.ok(most >= 3, `${most} markers at one time`);
});
