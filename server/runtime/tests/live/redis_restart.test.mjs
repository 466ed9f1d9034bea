/* Redis dies while people write, and comes back: what was committed meanwhile was published to
 * nobody, so it is the announcements' and the log's turn, and the sweeps' while it is away.
 *
 * The bound, of PROTOCOL.md "Between nodes": a lost publication is repaired within
 *     2A + gap + R + 2D + L,
 * where A = 1 s is the announcement's tick and gap = 250 ms the age of a gap that is repaired; Redis
 * (R), the database (D) and the client's connection (L) answer here within 50 ms. It counts from when
 * the nodes have Redis again: the Redis client pauses 5 s at most before it tries once more, and
 * then needs 3R to connect, shake hands and subscribe. A machine with two busy cores gets SLACK. */
import assert from 'node:assert/strict';
import { settled, load, meet, people, verify } from './chat.mjs';
import { cluster, test, until } from './harness.mjs';

const ANSWER_MS = 50; // R, D, L
const BACKOFF_MS = 5000 + 3 * ANSWER_MS;
const REPAIR_MS = 2 * 1000 + 250 + ANSWER_MS + 2 * ANSWER_MS + ANSWER_MS;
const SLACK_MS = 5000;
const ROOMS = ['a', 'b'];

const LEASE_MS = 6000;
const SWEEP_MS = 2000;

const writing = async () => {
  const { redis, nodes } = await cluster();
  const chats = await people(['ada', 'bob', 'cy', 'dee'], nodes);
  await meet(chats, ROOMS);
  const stop = load(chats, ROOMS, 50);
  await until('all write', () => chats.every((chat) => chat.acks.size > 5));
  return { redis, nodes, chats, stop };
};

test('what was committed while Redis was away for a short while is shown when it is back', async () => {
  const { redis, nodes, chats, stop } = await writing();

  await redis.kill();
  const target = chats.map((chat) => chat.acks.size + 20);
  await until('it was away', () => chats.every((chat, i) => chat.acks.size >= target[i]));
  chats[0].cut();
  await until('bob reads on without Redis', ((seq) => () => chats[1].room('a').last > seq)(chats[1].room('a').last));
  stop();
  await until('what could be written was', () => chats.slice(1).every((chat) => chat.unacked() === 0));
  await redis.start();

  const since = performance.now();
  await settled(chats, BACKOFF_MS + REPAIR_MS + SLACK_MS);
  console.log(`# shown ${Math.round(performance.now() - since)} ms after Redis was back`);
  verify(chats, await nodes[0].log(chats[0].token));
  await Promise.all(nodes.map((node) => node.end()));
});

test('without Redis two nodes are one chat, at the pace of their sweeps', async () => {
  const { redis, nodes, chats, stop } = await writing();
  const all = async (status, text) => (await Promise.all(nodes.map((node) => node.get('/readyz'))))
    .every((answer) => answer.status === status && answer.text === text);

  await redis.kill();
  const away = performance.now();
  await until('it is longer away than a lease', () => performance.now() - away > LEASE_MS + 1000);
  assert(await all(200, 'ready, degraded: redis (it is away)\n'));
  chats[0].cut(nodes[1]);
  await until('ada is away', () => !chats[0].online);
  await until('ada is let in', () => chats[0].online);
  stop();
  await until('all was written', () => chats.every((chat) => chat.unacked() === 0));
  const since = performance.now();
  await settled(chats, SWEEP_MS + SLACK_MS);
  console.log(`# shown ${Math.round(performance.now() - since)} ms after the last was written`);
  verify(chats, await nodes[0].log(chats[0].token));

  await redis.start();
  await until('it is back', () => all(200, 'ready\n'));
  await Promise.all(nodes.map((node) => node.end()));
});
