/* How hubbubd ends: as asked, as soon as it can, with nothing acked that is lost and nothing
 * committed that was not acked; and at once when it is told twice. */
import assert from 'node:assert/strict';
import nodeHttp from 'node:http';
import net from 'node:net';
import { WebSocket, acksOf, load, meet, people } from './chat.mjs';
import { Hubbubd, Postgres, cleanup, cluster, test, until } from './harness.mjs';

const ROOMS = ['a', 'b'];
const ENDED = { code: 0, signal: null };
const CUT = { code: 4, signal: null };
const CLOSE_MS = 2000; // of a close that the client does not answer
const STORE_CLOSE_MS = 5000; // of the store, for its last batch
const SLACK_MS = 5000; // of a machine with other work

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} under load sends people away when what they wrote is settled`, async () => {
    const node = await new Hubbubd(['--node', 'n1', '--db', 'chat.db']).start();
    const chats = await people(['ada', 'bob', 'cy', 'dee'], [node]);
    await meet(chats, ROOMS);
    load(chats, ROOMS, 5);
    await until('all write', () => acksOf(chats) > 100);

    assert.deepEqual(await node.stop(signal, CLOSE_MS + SLACK_MS), ENDED);
    await until('all know', () => chats.every((chat) => chat.closes.length > 0));
    chats.forEach((chat) => chat.end());
    for (const chat of chats) {
      assert.equal(chat.closes[0], 1012, chat.user);
      assert(chat.draining?.reconnectInMs >= 0 && chat.draining.reconnectInMs <= 5000, chat.user);
    }

    await node.start();
    const entries = [...(await node.log(chats[0].token)).values()].flat();
    const committed = entries.map((entry) => `${entry.clientId} ${entry.id}`).sort();
    const acked = chats.flatMap((chat) => [...chat.acks.values()].map((ack) => `${ack.clientId} ${ack.id}`)).sort();
    assert.deepEqual(committed, acked, 'acked, or not committed');
    await node.end();
  });
}

test('connections on which nothing happens do not hold it up', async () => {
  const node = await new Hubbubd(['--drain', '60s']).start();
  const silent = net.connect(node.port, '127.0.0.1').on('error', () => {});
  const half = net.connect(node.port, '127.0.0.1').on('error', () => {});
  half.write('GET /healthz HTTP/1.1\r\nHo');
  const agent = new nodeHttp.Agent({ keepAlive: true });
  const mute = new WebSocket(node.ws).on('error', () => {}); // says no hello
  cleanup(() => { silent.destroy(); half.destroy(); agent.destroy(); mute.terminate(); });
  await node.get('/healthz', { agent });
  await until('all are connected', () => mute.readyState === WebSocket.OPEN && silent.readyState === 'open');

  assert.deepEqual(await node.stop('SIGTERM', CLOSE_MS + SLACK_MS), ENDED);
});

test('a client that does not answer its close is cut', async () => {
  const node = await new Hubbubd(['--drain', '60s']).start();
  const [chat] = await people(['ada'], [node]);
  chat.conn.ws.pause();
  assert.deepEqual(await node.stop('SIGTERM', CLOSE_MS + SLACK_MS), ENDED);
});

/* Given: somebody wrote, and PostgreSQL stands still in the middle of it. */
async function hung(flags) {
  const postgres = await new Postgres().start();
  const node = await new Hubbubd(['--node', 'n1', '--db', postgres.uri, ...flags]).start();
  const chats = await people(['ada'], [node]);
  await meet(chats, ROOMS);
  await until('nothing is under way', async () => (await node.metrics()).hubbub_transactions === 0);
  postgres.signalAll('SIGSTOP');
  chats[0].say('a', 'will it be?');
  await until('it is under way', async () => (await node.metrics()).hubbub_commands === 1);
  return { postgres, node, chat: chats[0] };
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`a second ${signal} stops it at once, whatever hangs`, async () => {
    const { node, chat } = await hung(['--drain', '60s']);
    node.told = true;
    node.child.kill(signal);
    await until('it says so', () => node.err.includes('once more stops at once'));
    assert.deepEqual(chat.closes, [], 'ada waits for her ack');
    assert.deepEqual(await node.stop(signal, SLACK_MS), CUT);
    assert.equal(chat.unacked(), 1);
  });
}

test('a second SIGTERM stops it at once, also when the time to drain is over', async () => {
  const { node } = await hung(['--drain', '100ms']);
  node.told = true;
  node.child.kill('SIGTERM');
  await until('it waits for the database alone', () => node.err.includes('the time to drain is over'));
  const since = performance.now();
  assert.deepEqual(await node.stop('SIGTERM'), CUT);
  assert(performance.now() - since < STORE_CLOSE_MS / 2, 'at once');
});

test('when the time to drain is over it stops too, and says that it had not finished', async () => {
  const { postgres, node, chat } = await hung(['--drain', '500ms']);
  const page = node.get('/api/messages/sync', { token: chat.token }).catch(() => 'cut'); // what reads hangs too
  await until('it is under way', async () => (await node.metrics()).hubbub_requests === 1);
  assert.deepEqual(await node.stop('SIGTERM', 500 + STORE_CLOSE_MS + SLACK_MS / 2), CUT);
  assert.match(node.err, /the time to drain is over/);
  assert.equal(chat.unacked(), 1, 'neither acked nor refused');
  assert.equal(await page, 'cut');

  // When: all goes on. Then: what she wrote is there once.
  postgres.signalAll('SIGCONT');
  await node.start();
  await until('acked in the end', () => chat.unacked() === 0);
  const log = (await node.log(chat.token)).get('a');
  assert.deepEqual(log.map((entry) => entry.content), [undefined, 'will it be?']);
  await node.end();
});

test('of two processes under one node name the older one ends, and says why', async () => {
  const { nodes } = await cluster();
  const [old] = nodes;
  const [ada] = await people(['ada'], [old]);
  await meet([ada], ['a']);
  const taken = await new Hubbubd(old.flags).start(); // the same flags: n1 once more
  old.told = true;
  await assert.rejects(Promise.race([ada.say('a', 'by the older one'), old.child.ended.then(() => { throw new Error('ended'); })]));
  assert.deepEqual(await old.child.ended, { code: 5, signal: null });
  assert.match(old.err, new RegExp(`another process \\(pid ${taken.child.pid} on \\S+, since 2\\S+Z\\) has taken the name of `
    + `node n1 on this database, so this one \\(pid ${old.child.pid} on \\S+, since 2\\S+Z\\) ends .*give each process a --node of its own`));
  assert.doesNotMatch(old.err, /second time/);
  old.child = null;
  ada.end();
  assert.equal((await taken.get('/readyz')).status, 200);
  const [bob] = await people(['bob'], [taken]);
  await meet([bob], ['b']);
  await bob.say('b', 'by the newer one');
  bob.end();

  // A third one, as a supervisor starts the first again: the second, which nobody writes to, ends too; both tell.
  const again = await new Hubbubd(old.flags).start();
  taken.told = true;
  let ended = null;
  taken.child.ended.then((how) => { ended = how; });
  await until('the second one ends', () => ended, 8000);
  assert.deepEqual(ended, { code: 5, signal: null });
  assert.match(taken.err, new RegExp(`\\(pid ${again.child.pid} on .* second time within a minute`));
  assert.match(again.err, /took a name that a living process had to give up within the last minute: \d+ 0 pid \d+ on /);
  taken.child = null;
  await again.end();
  await nodes[1].end();
});
