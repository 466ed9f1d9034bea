/* Somebody who stops reading is cut, before the server's memory fills, while the others get
 * everything; and has all of it after coming back. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { meet, people, settled, verify } from './chat.mjs';
import { Hubbubd, freePort, test, until } from './harness.mjs';

const MESSAGES = 3000; // 24 MiB: more than the kernel keeps for one connection (10 MiB) and the queue
const CONTENT = 'x'.repeat(8000);
const QUEUE_BYTES_MAX = 1048576 + 65536; // of one connection
/* What a sound server may grow by: SQLite's cache of the flood and its log in memory (64 MiB at
 * most), the room's tail (256 of 8 KiB), a queue for each. An endless queue would come on top. */
const GROWTH_KIB_MAX = 80 * 1024;

test('who stops reading is cut, misses nothing for it, and costs the others nothing', async () => {
  const node = await new Hubbubd(['--node', 'n1', '--db', 'chat.db'], { port: await freePort() }).start();
  const chats = await people(['ada', 'bob', 'cy', 'slow'], [node]);
  const [ada, bob, cy, slow] = chats;
  await meet(chats, ['flood']);
  await settled(chats);
  const sanitized = fs.readFileSync(`/proc/${node.child.pid}/maps`, 'utf8').includes('libasan'); // its memory is another
  const before = node.rssKib();

  slow.conn.ws.pause();
  const writers = [ada, bob];
  for (let i = 0; i < MESSAGES; i++) writers[i % 2].say('flood', `${i} ${CONTENT}`);
  let cut = 0;
  let queued = 0;
  await until(() => `all is written: ${ada.unacked()}, ${bob.unacked()}`, async () => {
    const metrics = await node.metrics();
    queued = Math.max(queued, metrics.hubbub_queued_bytes);
    cut = metrics.hubbub_slow_consumers_total;
    return writers.every((chat) => chat.unacked() === 0);
  }, 50000);
  const growth = node.rssKib() - before;
  console.log(`# ${growth} KiB more, ${queued} bytes queued at most`);
  assert.equal(cut, 1);
  assert(queued <= QUEUE_BYTES_MAX * chats.length, `${queued} bytes queued`);
  assert(sanitized || growth < GROWTH_KIB_MAX, `${growth} KiB more`);
  await settled([ada, bob, cy]);
  for (const chat of [ada, bob, cy]) assert.deepEqual(chat.closes, [], `${chat.user} was not disturbed`);

  slow.conn.ws.resume();
  await settled(chats);
  assert.equal(slow.closes.length, 1);
  assert([1006, 4002].includes(slow.closes[0]), 'by its close, or without a word when even that has no room');
  assert.equal(slow.welcomes.at(-1).rooms[0].recovered, false, 'so far behind it reads the log');
  assert.equal(verify(chats, await node.log(ada.token)), MESSAGES);
  assert.equal((await node.metrics()).hubbub_slow_consumers_total, 1);
  await node.end();
});
