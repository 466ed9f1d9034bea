/* Redis dies while people write, and comes back: what was committed meanwhile was published to
 * nobody, so it is the announcements' and the log's turn.
 *
 * The bound, of PROTOCOL.md "Between nodes": a lost publication is repaired within
 *     2A + gap + R + 2D + L,
 * where A = 1 s is the announcement's tick and gap = 250 ms the age of a gap that is repaired; Redis
 * (R), the database (D) and the client's connection (L) answer here within 50 ms. It counts from when
 * the nodes have Redis again: the Redis client pauses 5 s at most before it tries once more, and
 * then needs 3R to connect, shake hands and subscribe. A machine with two busy cores gets SLACK. */
import { settled, load, meet, people, verify } from './chat.mjs';
import { cluster, test, until } from './harness.mjs';

const ANSWER_MS = 50; // R, D, L
const BACKOFF_MS = 5000 + 3 * ANSWER_MS;
const REPAIR_MS = 2 * 1000 + 250 + ANSWER_MS + 2 * ANSWER_MS + ANSWER_MS;
const SLACK_MS = 5000;
const ROOMS = ['a', 'b'];

const table = [
  { name: 'a short while', over: (nodes, chats) => {
    const target = chats.map((chat) => chat.acks.size + 20);
    return () => chats.every((chat, i) => chat.acks.size >= target[i]);
  } },
  { name: 'longer than a lease', over: (nodes) => async () => { // nodes then take nobody new
    const answers = await Promise.all(nodes.map((node) => node.get('/readyz')));
    return answers.every((answer) => answer.status === 503);
  } },
];

for (const { name, over } of table) {
  test(`what was committed while Redis was away for ${name} is shown when it is back`, async () => {
    const { redis, nodes } = await cluster();
    const chats = await people(['ada', 'bob', 'cy', 'dee'], nodes);
    await meet(chats, ROOMS);
    const stop = load(chats, ROOMS, 50);
    await until('all write', () => chats.every((chat) => chat.acks.size > 5));

    await redis.kill();
    await until('it was away', over(nodes, chats));
    chats[0].cut(); // who comes back now is let in at the latest when Redis is there
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
}
