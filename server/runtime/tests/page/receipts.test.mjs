/* What the page says of what arrived and was read, and what it shows of others.
 *
 *   node --test receipts.test.mjs */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Receipts, stateOf } from '../../page/receipts.js';

const message = (seq, senderId = 'bob') => ({ type: 'message', id: `m${seq}`, seq, senderId });
const WELCOME = { epoch: 'e1', rooms: [{ roomId: 'r' }], limits: { receiptIds: 2 } };
const told = (version) => ({ type: 'receipts', roomId: 'r', version, hasMore: false });
const read = (messageIds, readBy, version = 1) =>
  ({ type: 'read_receipt', messageIds, chatId: 'r', readBy, readAt: 5, version });

let said;
let receipts;

beforeEach(() => {
  said = [];
  receipts = new Receipts({ user: 'ada', say: (frame) => said.push(frame) });
});

const take = () => said.splice(0);

const online = () => {
  receipts.welcome(WELCOME, 0);
  receipts.hear(told(0), 0);
  receipts.tick(500);
  take();
};

test('what stands below a message', () => {
  const states = [
    [{ acked: false, arrived: false, readers: 0 }, '', ''],
    [{ acked: true, arrived: false, readers: 0 }, '✓', 'Sent'],
    [{ acked: true, arrived: true, readers: 0 }, '✓✓', 'Delivered'],
    [{ acked: true, arrived: true, readers: 1 }, '✓✓', 'Read by 1'],
    [{ acked: true, arrived: true, readers: 2 }, '✓✓', 'Read by 2'],
    [{ acked: true, arrived: true, readers: 4 }, '✓✓', 'Read by 4'],
    [{ acked: true, arrived: true, readers: 5 }, '✓✓', 'Read by many'],
    [{ acked: true, arrived: false, readers: 400 }, '✓✓', 'Read by many'],
  ];
  for (const [given, marks, text] of states) {
    assert.deepEqual(stateOf(given), { marks, text });
  }
});

test('what arrived and was read is said together, after a while, and once', () => {
  online();
  receipts.shown('r', 3, 1000);
  receipts.read('r', [message(2), message(3)], 1200);
  receipts.tick(1499);
  assert.deepEqual(take(), []);
  assert.equal(receipts.wakeAt(), 1500);
  receipts.tick(1500);
  assert.deepEqual(take(), [{ type: 'received', roomId: 'r', upTo: 3 },
    { type: 'read_receipt', messageIds: ['m2', 'm3'], chatId: 'r' }]);
  receipts.read('r', [message(3)], 1600);
  receipts.tick(9000);
  assert.deepEqual(take(), []);
});

test('nobody reads their own message, nor what is no message', () => {
  online();
  receipts.read('r', [message(2, 'ada'), { type: 'room_event', id: 'e', senderId: 'bob' }], 1000);
  receipts.tick(2000);
  assert.deepEqual(take(), []);
});

test('more than a frame takes is said in the next one', () => {
  online();
  receipts.read('r', [message(2), message(3), message(4)], 1000);
  receipts.tick(1500);
  assert.deepEqual(take().map(({ messageIds }) => messageIds), [['m2', 'm3']]);
  receipts.tick(1999);
  assert.deepEqual(take(), []);
  receipts.tick(2000);
  assert.deepEqual(take().map(({ messageIds }) => messageIds), [['m4']]);
});

test('what was read and is not known to be taken is said on the next connection, unless it was', () => {
  online();
  receipts.read('r', [message(2), message(3)], 1000);
  receipts.tick(1500);
  take();
  receipts.lost();
  assert.equal(receipts.wakeAt(), Infinity);
  receipts.welcome(WELCOME, 3000);
  assert.deepEqual(take(), [{ type: 'receipts_request', roomId: 'r', after: 0 }]);
  receipts.tick(3500);
  assert.deepEqual(take(), []); // what was missed may have it
  receipts.hear(read(['m2'], 'ada', 4), 3600);
  receipts.hear(told(4), 3600);
  receipts.tick(4100);
  assert.deepEqual(take(), [{ type: 'read_receipt', messageIds: ['m3'], chatId: 'r' }]);
});

test('what is above a marker is said when it is filled, and not before', () => {
  let limit = 3;
  receipts = new Receipts({ user: 'ada', say: (frame) => said.push(frame), limitOf: () => limit });
  online();
  receipts.shown('r', 9, 1000);
  receipts.read('r', [message(3), message(9)], 1000);
  receipts.tick(1500);
  assert.deepEqual(take(), [{ type: 'received', roomId: 'r', upTo: 3 }, { type: 'read_receipt', messageIds: ['m3'], chatId: 'r' }]);
  receipts.tick(5000);
  assert.deepEqual(take(), []);
  assert.equal(receipts.wakeAt(), Infinity);
  limit = Infinity;
  receipts.filled(6000);
  receipts.tick(6500);
  assert.deepEqual(take(), [{ type: 'received', roomId: 'r', upTo: 9 }, { type: 'read_receipt', messageIds: ['m9'], chatId: 'r' }]);
});

test('what was missed is asked for until there is no more', () => {
  receipts.welcome(WELCOME, 0);
  assert.deepEqual(take(), [{ type: 'receipts_request', roomId: 'r' }]);
  receipts.hear({ ...told(7), hasMore: true }, 10);
  assert.deepEqual(take(), [{ type: 'receipts_request', roomId: 'r', after: 7 }]);
});

test('a sender is shown who has it and who read it, and an older word changes nothing', () => {
  online();
  const own = { id: 'm5', seq: 5 };
  assert.equal(receipts.of('r', own).text, 'Sent');
  receipts.hear({ type: 'received', roomId: 'r', userId: 'bob', upTo: 5, version: 1 }, 0);
  receipts.hear({ type: 'received', roomId: 'r', userId: 'bob', upTo: 4, version: 1 }, 0);
  receipts.hear({ type: 'received', roomId: 'r', userId: 'ada', upTo: 9, version: 2 }, 0);
  assert.equal(receipts.of('r', own).text, 'Delivered');
  receipts.hear(read(['m5'], 'cy', 3), 0);
  receipts.hear(read(['m5'], 'bob', 4), 0);
  receipts.hear(read(['m5'], 'bob', 4), 0);
  assert.deepEqual(receipts.of('r', own), { marks: '✓✓', text: 'Read by 2', names: ['bob', 'cy'] });
});

test('what was read on another device is read here', () => {
  online();
  assert.equal(receipts.wasRead('r', 'm2'), false);
  receipts.hear(read(['m2'], 'ada'), 0);
  assert.equal(receipts.wasRead('r', 'm2'), true);
  receipts.read('r', [message(2)], 1000);
  receipts.tick(2000);
  assert.deepEqual(take(), []);
});

test('of another log nothing is known', () => {
  online();
  receipts.hear(read(['m5'], 'bob'), 0);
  receipts.welcome({ ...WELCOME, epoch: 'e2' }, 1000);
  assert.equal(receipts.of('r', { id: 'm5', seq: 5 }).text, 'Sent');
});
