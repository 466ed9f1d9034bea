/* Who is revoked at a running hubbubd is cut at each node, stays out, and comes back with what is issued later; also
 * while no Redis tells the other node of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { WebSocket } from './chat.mjs';
import { cluster, secret, test, until } from './harness.mjs';

const LOOK_MS = 5000; // the parameter `revocation`

/* A connection of somebody: what it was told, and how it ended. */
function connect(node, token) {
  const conn = { frames: [], closed: 0, ws: new WebSocket(node.ws) };
  conn.ws.on('open', () => conn.ws.send(JSON.stringify({ type: 'hello', version: 1, device: 'd', token })));
  conn.ws.on('message', (bytes) => conn.frames.push(JSON.parse(bytes)));
  conn.ws.on('close', (code) => { conn.closed = code; });
  conn.ws.on('error', () => {});
  conn.welcomed = () => until('a welcome', () => conn.frames.find(({ type }) => type === 'welcome'));
  conn.ends = (ms) => until('the end of a connection', () => conn.closed, ms);
  return conn;
}

const second = () => new Promise((done) => { setTimeout(done, 1100); }); // `iat` counts in these

test('who is revoked is cut at each node, also without Redis, and comes back with another token', async () => {
  const { redis, nodes, keys } = await cluster();
  const { operatorKey } = JSON.parse(fs.readFileSync(keys, 'utf8'));
  secret(operatorKey);
  const revoke = (node, body) => node.post('/api/revocations', body, { token: operatorKey });
  const [first, other] = nodes;

  const ana = await first.login('ana');
  const bob = await first.login('bob');
  const conns = [connect(first, ana), connect(other, ana), connect(other, bob)];
  const [welcome] = await Promise.all(conns.map((conn) => conn.welcomed()));
  assert.ok(welcome.expiresInMs > 0);
  assert.equal((await first.post('/api/revocations', { userId: 'ana' }, { token: ana })).status, 401);
  const answer = await revoke(first, { userId: 'ana' });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.userId, 'ana');
  assert.equal(await conns[0].ends(), 4001);
  assert.equal(await conns[1].ends(LOOK_MS / 2), 4001); // it was told
  assert.equal(conns[2].closed, 0);
  assert.equal(await connect(other, ana).ends(), 4500);
  assert.equal((await other.get('/api/rooms', { token: ana })).status, 401);

  await second();
  const again = connect(other, await first.login('ana'));
  await again.welcomed();
  await redis.kill();
  assert.equal((await revoke(first, { userId: 'ana' })).status, 200);
  assert.equal(await again.ends(2 * LOOK_MS), 4001); // nobody told it
  assert.equal(conns[2].closed, 0);
  conns[2].ws.close();
  for (const node of nodes) await node.end();
});
