/* Two nodes on one Redis and one PostgreSQL are one chat. */
import assert from 'node:assert/strict';
import { TEXTS, meet, people, settled, verify } from './chat.mjs';
import { cluster, same, test, until } from './harness.mjs';

const PEOPLE = 20;
const ROOMS = ['lobby', 'build', 'caf-_9'];
const EACH = 5; // messages of each in each room

test('people on two nodes see one order, all of it, once', async () => {
  const { postgres, nodes } = await cluster();
  const chats = await people(Array.from({ length: PEOPLE }, (_, i) => `user${i}`), nodes);
  await meet(chats, ROOMS);

  // All write at once, in all rooms; meanwhile one of each node goes to the other one.
  const sent = chats.flatMap((chat, c) => ROOMS.flatMap((room, r) => Array.from({ length: EACH }, (_, i) =>
    chat.say(room, `${TEXTS[(c + r + i) % TEXTS.length]} ${c}.${r}.${i}`))));
  await Promise.race(sent);
  chats[2].cut(nodes[1]);
  chats[3].cut(nodes[0]);
  await Promise.all(sent);

  // By HTTP, to one room by either node; the same clientId again gets the same answer.
  const http = [];
  for (const [i, node] of [...nodes, nodes[1]].entries()) {
    const body = { clientId: `http-${Math.min(i, 1)}`, content: `over HTTP ${TEXTS[1]}` };
    const answer = await node.post('/api/rooms/lobby/messages', body, { token: chats[5].token });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.type, 'ack');
    http.push(answer.json);
  }
  assert.deepEqual(http[2], http[1]);
  await until('what was posted is shown', () => chats.every((chat) => chat.room('lobby').last >= http[1].seq));
  await settled(chats);

  // Given: a client that has all of it. When it comes back to the other node, then nothing is lost.
  const [mover, , , , , writer] = chats;
  mover.cut(nodes[1]);
  await until('it is away', () => !mover.online);
  await writer.say('lobby', 'while you were away');
  await until('it is back', () => mover.online);
  assert.deepEqual(mover.welcomes.at(-1).rooms.map((room) => room.recovered), [true, true, true]);
  await settled(chats);

  const log = await nodes[0].log(chats[0].token);
  assert.deepEqual([...log].sort(), [...await nodes[1].log(chats[0].token)].sort(), 'both nodes read one log');
  assert.equal(verify(chats, log), PEOPLE * ROOMS.length * EACH + 3);
  assert.deepEqual(http.slice(0, 2).map((ack) => log.get('lobby')[ack.seq - 1].id), http.slice(0, 2).map((ack) => ack.id));

  // The order of the log is the database's, to the letter.
  const plain = ({ seq, senderId, userId, clientId, content }) => [seq, senderId ?? userId, clientId ?? null, content ?? null];
  for (const [room, rows] of postgres.log()) {
    same(log.get(room).map(plain), rows.map(plain), room);
  }

  // Nobody's own messages changed places (the window has many in flight), if none had to go again.
  if (chats.every((chat) => chat.nacks === 0)) {
    for (const entries of log.values()) {
      for (const { user } of chats) {
        const own = entries.filter((entry) => entry.senderId === user && /^user/.test(entry.clientId));
        const numbers = own.map((entry) => Number(entry.clientId.split('-')[1]));
        assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), user);
      }
    }
  }
  await Promise.all(nodes.map((node) => node.end()));
});
