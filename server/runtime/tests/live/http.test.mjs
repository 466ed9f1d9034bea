/* HTTP: routes, statuses and headers; who is let in; a start without any configuration. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import nodeHttp from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { Chat, TEXTS, WebSocket } from './chat.mjs';
import { Hubbubd, cleanup, folder, test, until } from './harness.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const SEND = '/api/rooms/lobby/messages';
const SYNC = '/api/messages/sync';

test('a start without configuration makes what it needs, and finds it again', async () => {
  const cwd = folder();
  const first = await new Hubbubd([], { cwd }).start();
  assert.deepEqual(fs.readdirSync(cwd).filter((name) => !/-wal$|-shm$/.test(name)).sort(), ['hubbub.db', 'hubbub.keys', 'hubbub.node']);
  assert.equal(fs.statSync(path.join(cwd, 'hubbub.keys')).mode & 0o777, 0o600);
  const page = await first.get('/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.match(page.text, /<html/i);
  const token = await first.login('ada');
  const chat = new Chat('ada', token, [first]).connect();
  await until('ada is welcome', () => chat.online);
  await chat.create('lobby');
  await chat.say('lobby', TEXTS[1]);
  const before = await first.log(token);
  chat.end();
  await first.end();

  const second = await new Hubbubd([], { cwd }).start();
  assert.deepEqual([...await second.log(token)], [...before], 'an old token opens the old log');
  await second.end();
});

test('each route answers as documented, each refusal with its own status', async () => {
  const node = await new Hubbubd().start();
  const token = await node.login('ada');
  const strange = await node.login('bob');
  const chat = new Chat('ada', token, [node]).connect();
  await until('ada is welcome', () => chat.online);
  await chat.create('lobby');
  const message = (clientId, content = 'hello') => JSON.stringify({ clientId, content });
  const post = { method: 'POST', headers: JSON_TYPE, token };
  const sync = `${SYNC}?limit=1`;

  /* [request, status, type of the answer's frame or text, more] */
  const table = [
    ['GET', '/healthz', {}, 200, /^ok\n$/],
    ['HEAD', '/healthz', {}, 200, /^$/],
    ['GET', '/readyz', {}, 200, /^ready\n$/],
    ['POST', '/healthz', { body: '' }, 405, 'error', { allow: 'GET, HEAD' }],
    ['GET', '/nowhere', {}, 404, 'error'],
    ['GET', '/api', {}, 404, 'error'],
    ['GET', '/../etc/passwd', {}, 404, 'error'],
    ['POST', '/api/login', { body: '{"user":""}', headers: JSON_TYPE }, 400, 'error'],
    ['POST', '/api/login', { body: 'user=ada' }, 415, 'error'],
    ['GET', '/api/login', {}, 405, 'error', { allow: 'POST' }],
    ['POST', SEND, { ...post, body: message('c1') }, 200, 'ack'],
    ['POST', SEND, { ...post, body: message('c1') }, 200, 'ack'],
    ['POST', SEND, { ...post, body: message('c1', 'again') }, 409, 'nack'],
    ['POST', SEND, { ...post, body: message('c2'), headers: { 'Content-Type': 'application/json; charset=utf-8' } }, 200, 'ack'],
    ['POST', SEND, { ...post, body: message('c3'), token: undefined }, 401, 'error', { 'www-authenticate': 'Bearer' }],
    ['POST', SEND, { ...post, body: message('c3'), token: `${token}x` }, 401, 'error'],
    ['POST', SEND, { ...post, body: message('c3'), token: strange }, 404, 'nack'],
    ['POST', '/api/rooms/other/messages', { ...post, body: message('c3') }, 404, 'nack'],
    ['POST', '/api/rooms/a%2Fb/messages', { ...post, body: message('c3') }, 404, 'error'],
    ['POST', SEND, { ...post, body: message('c3'), headers: { 'Content-Type': 'text/plain' } }, 415, 'error'],
    ['POST', SEND, { ...post, body: message('c3'), headers: {} }, 415, 'error'],
    ['POST', SEND, { ...post, body: '{"clientId":"c3"' }, 400, 'error'],
    ['POST', SEND, { ...post, body: message('c3', '') }, 400, 'error'],
    ['POST', SEND, { ...post, body: message('c3', 'x'.repeat(8193)) }, 413, 'error'],
    ['POST', SEND, { ...post, body: message('c3', 'x'.repeat(65536)) }, 413, /too large/],
    ['POST', SEND, { ...post, body: '{"roomId":"other","clientId":"c3","content":"x"}' }, 400, 'error'],
    ['POST', '/api/messages', { ...post, body: '{"roomId":"lobby","clientId":"c3","content":"x"}' }, 200, 'ack'],
    ['POST', '/api/messages', { ...post, body: '{"recipientId":"ada","clientId":"c4","content":"x"}' }, 400, 'nack'],
    ['POST', '/api/messages', { ...post, body: '{"recipientId":"b b","clientId":"c4","content":"x"}' }, 400, 'error'],
    ['POST', '/api/messages', { ...post, body: '{"clientId":"c4","content":"x"}' }, 400, 'error'],
    ['POST', '/api/messages', { ...post, body: '{"recipientId":"bob","roomId":"lobby","clientId":"c4","content":"x"}' }, 400, 'error'],
    ['POST', '/api/rooms', { ...post, token: strange, body: '{"roomId":"den","clientId":"r1","open":true}' }, 200, 'ack'],
    ['POST', '/api/rooms', { ...post, token: strange, body: '{"roomId":"den","clientId":"r1","open":true}' }, 200, 'ack'],
    ['POST', '/api/rooms', { ...post, token: strange, body: '{"roomId":"den","clientId":"r2"}' }, 409, 'nack'],
    ['POST', '/api/rooms', { ...post, token: strange, body: '{"clientId":"r3"}' }, 400, 'error'],
    ['POST', '/api/rooms', { ...post, token: strange, body: '{"roomId":"x y","clientId":"r3"}' }, 400, 'error'],
    ['POST', '/api/rooms', { ...post, token: undefined, body: '{"roomId":"pit","clientId":"r3"}' }, 401, 'error'],
    ['PUT', '/api/rooms', { token, body: '' }, 405, 'error', { allow: 'GET, HEAD, POST' }],
    ['POST', '/api/rooms', { token, body: '{}' }, 415, 'error'],
    ['GET', '/api/rooms', {}, 401, 'error', { 'www-authenticate': 'Bearer' }],
    ['GET', '/api/rooms?limit=0', { token }, 400, 'error'],
    ['GET', '/api/rooms?after=a:b', { token }, 400, 'error'],
    ['GET', '/api/rooms?after=c', { token: strange }, 200, /^{"rooms":\[{"roomId":"den","head":1,"joined":1}(?!.*lobby)/],
    ['GET', '/api/rooms/den/members', { token: strange }, 200, /^{"members":\[{"userId":"bob","joined":1}\]}$/],
    ['GET', '/api/rooms/den/members', { token }, 404, 'error'],
    ['GET', '/api/rooms/nowhere/members', { token }, 404, 'error'],
    ['HEAD', '/api/rooms', { token: strange }, 200, /^$/],
    ['POST', '/api/rooms/den/leave', { ...post, token: strange, body: '{"clientId":"r4"}' }, 200, 'ack'],
    ['POST', '/api/rooms/den/leave', { ...post, token: strange, body: '{"clientId":"r5"}' }, 404, 'nack'],
    ['POST', '/api/rooms/den/join', { ...post, token: strange, body: '{"clientId":"r6"}' }, 200, 'ack'],
    ['POST', '/api/rooms/den/join', { ...post, token: strange, body: '{"clientId":"r7"}' }, 409, 'nack'],
    ['POST', '/api/rooms/nowhere/join', { ...post, token: strange, body: '{"clientId":"r8"}' }, 404, 'nack'],
    ['POST', '/api/rooms/a%2Fb/join', { ...post, token: strange, body: '{"clientId":"r8"}' }, 404, 'error'],
    ['POST', '/api/rooms/den/join', { ...post, token: strange, body: '{}' }, 400, 'error'],
    ['GET', '/api/rooms/den/join', { token }, 405, 'error', { allow: 'POST' }],
    ['GET', '/api/messages', { token }, 405, 'error', { allow: 'POST' }],
    ['GET', SEND, { token }, 200, 'sync_response'],
    ['GET', `${SEND}?before=2&limit=5`, { token }, 200, 'sync_response'],
    ['GET', `${SEND}?before=0`, { token }, 400, 'error'],
    ['GET', SEND, { token: strange }, 404, 'error'],
    ['PUT', SEND, { token, body: '' }, 405, 'error', { allow: 'GET, HEAD, POST' }],
    ['GET', SYNC, {}, 401, 'error', { 'www-authenticate': 'Bearer' }],
    ['GET', SYNC, { token }, 200, 'sync_response'],
    ['HEAD', SYNC, { token }, 200, /^$/],
    ['GET', SYNC, { token: strange }, 200, 'sync_response'],
    ['GET', `${SYNC}?limit=0`, { token }, 400, 'error'],
    ['GET', `${SYNC}?limit=1000`, { token }, 200, 'sync_response'],
    ['GET', `${SYNC}?cursor=nonsense`, { token }, 400, 'error'],
    ['GET', `${SYNC}?since=1`, { token }, 200, 'sync_response'],
    ['GET', `${SYNC}?since=x`, { token }, 400, 'error'],
    ['POST', SYNC, { token, body: '' }, 405, 'error', { allow: 'GET, HEAD' }],
  ];
  for (const [method, target, options, status, what, headers = {}] of table) {
    const answer = await node.request(method, target, options);
    const told = `${method} ${target} ${options.body?.slice(0, 60) ?? ''}: ${answer.status} ${answer.text}`;
    assert.equal(answer.status, status, told);
    if (what instanceof RegExp) assert.match(answer.text, what, told);
    else assert.equal(answer.json?.type, what, told);
    for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers[name], value, told);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', told);
    assert.equal(answer.headers['cache-control'], 'no-store', told);
  }

  // Only what was acked is in the log, and pages of one row make the same log.
  const whole = (await node.get(SYNC, { token })).json;
  assert.deepEqual(whole.entries.map((entry) => entry.clientId), ['ada-1', 'c1', 'c2', 'c3']);
  assert.equal(whole.hasMore, false);
  const paged = [];
  for (let page = (await node.get(sync, { token })).json; ; page = (await node.get(`${sync}&cursor=${page.cursor}`, { token })).json) {
    paged.push(...page.entries);
    if (!page.hasMore) break;
  }
  assert.deepEqual(paged, whole.entries);
  assert.equal((await node.get(`${SYNC}?cursor=${whole.cursor}`, { token: strange })).status, 400, 'a cursor is its user\'s');
  await node.end();
});

test('a bot needs HTTP only', async () => {
  const node = await new Hubbubd().start();
  const [bot, ada] = [await node.login('bot'), await node.login('ada')];
  const get = async (target, token) => (await node.get(target, { token })).json;
  const post = async (target, token, body) => {
    const { status, text } = await node.post(target, body, { token });
    assert.equal(status, 200, text);
  };
  for (const roomId of ['news', 'alarms', 'weather']) {
    await post('/api/rooms', bot, { roomId, clientId: `make-${roomId}`, open: true });
  }
  await post('/api/rooms/news/join', ada, { clientId: 'j1' });

  // Its rooms and their members, a page each, by what `next` says.
  const pages = async (target, token, list) => {
    const all = [];
    for (let page = await get(`${target}?limit=1`, token); ; page = await get(`${target}?limit=1&after=${page.next}`, token)) {
      all.push(...page[list]);
      if (page.next === undefined) return all;
    }
  };
  const rooms = await pages('/api/rooms', bot, 'rooms');
  assert.deepEqual(rooms.map(({ roomId, head }) => [roomId, head]), [['alarms', 1], ['news', 2], ['weather', 1]]);
  assert.deepEqual((await get('/api/rooms', bot)).rooms, rooms);
  assert.deepEqual(await pages('/api/rooms/news/members', bot, 'members'), [{ userId: 'bot', joined: 1 }, { userId: 'ada', joined: 2 }]);

  await post('/api/rooms/news/messages', bot, { clientId: 'm1', content: 'rain' });
  await post('/api/rooms/news/messages', ada, { clientId: 'm1', content: 'thanks' });
  const heard = (await node.log(bot)).get('news');
  assert.deepEqual(heard.filter(({ content }) => content).map(({ senderId, content }) => [senderId, content]), [['bot', 'rain'], ['ada', 'thanks']]);

  await post('/api/rooms/news/leave', bot, { clientId: 'l1' });
  assert.deepEqual((await get('/api/rooms', bot)).rooms.map(({ roomId }) => roomId), ['alarms', 'weather']);
  assert.equal((await node.get('/api/rooms/news/members', { token: bot })).status, 404);
  assert.deepEqual((await get('/api/rooms/news/members', ada)).members, [{ userId: 'ada', joined: 2 }]);
  await node.end();
});

test('connections are kept, and one is enough for many requests', async () => {
  const node = await new Hubbubd().start();
  const agent = new nodeHttp.Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set();
  agent.on('free', (socket) => sockets.add(socket));
  cleanup(() => agent.destroy());
  for (const [method, target, status] of [['GET', '/healthz', 200], ['HEAD', '/', 200], ['GET', '/', 200], ['GET', '/nowhere', 404]]) {
    assert.equal((await node.request(method, target, { agent })).status, status);
  }
  const { token } = (await node.post('/api/login', { user: 'ada' }, { agent })).json;
  assert.equal((await node.post('/api/rooms', { roomId: 'tea', clientId: 'c' }, { agent, token })).status, 200);
  for (let i = 0; i < 500; i++) { // each as soon as the one before is answered
    const { status, text } = await node.post('/api/rooms/tea/messages', { clientId: `m${i}`, content: 'x' }, { agent, token });
    assert.equal(status, 200, `${i}: ${text}`);
  }
  assert.equal(sockets.size, 1);

  // Two requests in one packet are two answers, in order.
  const socket = net.connect(node.port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (part) => { text += part; });
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await until('both are answered', () => socket.closed);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok\nHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nready\n$/);
  await node.end();
});

test('/metrics is what Prometheus reads', async () => {
  const node = await new Hubbubd().start();
  await node.get('/nowhere');
  const { status, headers, text } = await node.get('/metrics');
  assert.equal(status, 200);
  assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  let name = '';
  let type = '';
  const seen = new Set();
  for (const line of text.slice(0, -1).split('\n')) {
    const [, word, family, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === 'HELP') {
      assert(!seen.has(family), `${family} once`);
      seen.add(family);
      name = family;
    } else if (word === 'TYPE') {
      assert.equal(family, name);
      assert.match(rest, /^(gauge|counter)$/);
      type = rest;
    } else {
      const [, sample] = /^([a-z_]+)(?:\{[a-z_]+="[^"\\\n]*"\})? \d+$/.exec(line) ?? assert.fail(line);
      assert.equal(sample, name);
      assert.equal(sample.endsWith('_total'), type === 'counter', line);
    }
  }
  assert(text.endsWith('\n'));
  const metrics = await node.metrics();
  assert.equal(metrics.hubbub_ready, 1);
  assert(metrics.hubbub_http_requests_total >= 2);
  await node.end();
});

/* What the handshake is answered with: a status, or the connection. */
function handshake(node, options, target = '/ws') {
  return new Promise((done) => {
    const ws = new WebSocket(`ws://127.0.0.1:${node.port}${target}`, options);
    ws.on('open', () => { done(101); ws.terminate(); });
    ws.on('unexpected-response', (asked, answer) => { done(answer.statusCode); asked.destroy(); });
    ws.on('error', () => done('error'));
  });
}

test('the handshake: whose page, which token', async () => {
  const node = await new Hubbubd(['--origin', 'https://chat.example']).start();
  const token = await node.login('ada');
  const table = [
    [{}, 101], // no browser
    [{ origin: `http://127.0.0.1:${node.port}` }, 101],
    [{ origin: 'https://chat.example' }, 101],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'https://chat.example.evil.example' }, 403],
    [{ headers: { Authorization: 'Basic YTpi' } }, 401],
    [{}, 404, '/elsewhere'],
  ];
  for (const [options, status, target] of table) {
    assert.equal(await handshake(node, options, target), status, JSON.stringify([options, target]));
  }

  const chat = new Chat('ada', token, [node], { inHandshake: true }).connect();
  await until('ada is welcome by her header', () => chat.online);
  assert.equal(chat.welcomes[0].userId, 'ada');
  await chat.create('lobby');
  const bad = new WebSocket(node.ws, { headers: { Authorization: `Bearer ${token}x` } });
  const code = new Promise((done) => { bad.on('close', done).on('error', () => {}); });
  bad.on('open', () => bad.send('{"type":"hello","version":1,"device":"d1"}'));
  assert.equal(await code, 4500);
  await node.end();
});

test('signing in by a name alone is for this machine only', async () => {
  for (const [flags, host, status] of [[[], '127.0.0.1', 200], [['--no-login'], '127.0.0.1', 404],
    [[], '0.0.0.0', 404], [['--login'], '0.0.0.0', 200]]) {
    const node = await new Hubbubd(flags, { host }).start();
    assert.equal((await node.post('/api/login', { user: 'ada' })).status, status, `${flags} ${host}`);
    await node.end();
  }
});

test('a name that points at this machine from elsewhere is not this machine', async () => {
  for (const [flags, name, status] of [[[], 'localhost:1', 200], [[], 'chat.example', 404],
    [['--login'], 'chat.example', 200]]) {
    const node = await new Hubbubd(flags).start();
    const answer = await node.post('/api/login', { user: 'ada' }, { headers: { Host: name } });
    assert.equal(answer.status, status, `${flags} ${name}`);
    await node.end();
  }
});
