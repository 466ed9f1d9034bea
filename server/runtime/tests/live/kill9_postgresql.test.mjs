/* Of two nodes on one PostgreSQL and one Redis one is killed with SIGKILL again and again; the other
 * one goes on, and its people notice nothing but the others' silence. */
import assert from 'node:assert/strict';
import { people } from './chat.mjs';
import { cluster, freePort, test } from './harness.mjs';
import { killAgainAndAgain } from './kill9.mjs';

test('a node of two that is killed again and again loses nothing that it acked', async () => {
  const { nodes } = await cluster({ ports: [await freePort(), 0] });
  const victims = await people(['ada', 'bob', 'cy'], [nodes[0]]);
  const others = await people(['dee', 'eve', 'flo'], [nodes[1]]);
  const roaming = await people(['gus', 'hal'], nodes, { roaming: true });
  const chats = [...victims, ...others, ...roaming];
  await killAgainAndAgain(nodes, chats, victims);
  for (const chat of others) assert.deepEqual(chat.closes, [], `${chat.user} was not disturbed`);
  await Promise.all(nodes.map((node) => node.end()));
});
