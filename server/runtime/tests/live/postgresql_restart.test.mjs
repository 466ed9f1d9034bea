/* PostgreSQL crashes under load, between two nodes that go on: what was under way may be committed
 * or not, and nobody can say; yet nothing that was acked is lost and nothing is there twice. */
import assert from 'node:assert/strict';
import { acksOf, load, meet, people, settled, verify } from './chat.mjs';
import { cluster, test, until } from './harness.mjs';

const CRASHES = 4;
const ACKS_BETWEEN = 60;
const ROOMS = ['a', 'b'];

test('two nodes outlive their PostgreSQL', async () => {
  const { postgres, nodes } = await cluster();
  const chats = await people(['ada', 'bob', 'cy', 'dee', 'eve', 'flo'], nodes);
  await meet(chats, ROOMS);
  const stop = load(chats, ROOMS);
  for (let i = 0; i < CRASHES; i++) {
    const before = acksOf(chats);
    await until(() => `${acksOf(chats) - before} acks since crash ${i}`, () => acksOf(chats) - before > ACKS_BETWEEN);
    await postgres.stop();
    await postgres.up();
  }
  stop();
  await settled(chats);
  const joins = chats.length * ROOMS.length;
  assert.equal(verify(chats, await nodes[0].log(chats[0].token)), acksOf(chats) - joins, 'all acked, all there, once');
  await Promise.all(nodes.map((node) => node.end()));
});
