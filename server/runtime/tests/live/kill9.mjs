/* The story of both kill9 tests: a node is killed again and again while people write. */
import assert from 'node:assert/strict';
import { acksOf, load, meet, settled, verify } from './chat.mjs';
import { until } from './harness.mjs';

const KILLS = 20;
const ACKS_BETWEEN = 30; // so many of the killed node's own people get an ack between two kills
const ROOMS = ['a', 'b'];

/* `chats` are on `nodes`; `victims` of them have nowhere else to go than nodes[0], which is killed. */
export async function killAgainAndAgain(nodes, chats, victims) {
  const [node] = nodes;
  await meet(chats, ROOMS);
  const stop = load(chats, ROOMS);
  for (let i = 0; i < KILLS; i++) {
    const before = acksOf(victims);
    await until(() => `life ${node.lives} gives acks: ${acksOf(victims) - before}; `
      + victims.map((chat) => `${chat.user} ${chat.online} ${chat.closes.slice(-3)}`).join(', '),
    () => acksOf(victims) - before >= ACKS_BETWEEN);
    await new Promise((done) => setTimeout(done, Math.random() * 50)); // any place of a transaction
    await node.kill();
    await node.start();
  }
  await until('people are back', () => chats.every((chat) => chat.online));
  stop();
  await settled(chats);
  assert.equal((await node.metrics()).hubbub_incarnation, KILLS + 1);

  const log = await nodes.at(-1).log(chats[0].token);
  const messages = verify(chats, log);
  const written = chats.reduce((sum, chat) => sum + chat.lastId, 0) - chats.length * ROOMS.length; // less the joins
  assert.equal(messages, written, 'all that was written, in spite of resends once');
  return log;
}
