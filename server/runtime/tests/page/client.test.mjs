/* Tests of the page's protocol core against a server that says what the test wrote.
 *
 *   node --test client.test.mjs
 *
 * Time is what a test says it is, ids count up, and the back-off draws `luck`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CONTENT_BYTES_MAX, Client } from '../../page/client.js';

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
