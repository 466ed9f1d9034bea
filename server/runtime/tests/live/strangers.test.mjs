/* What strangers and bots with short memories can do to others, and to themselves: client ids used again, rooms beyond the
 * limit, members who were not asked, answers that have to find their request. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { WebSocket } from './chat.mjs';
import { Hubbubd, cleanup, cluster, test, until } from './harness.mjs';

const ROOMS_MOST = 256;

/* A connection that keeps all it hears. */
class Raw {
  constructor(node, token) {
    this.frames = [];
    this.code = null;
    this.ws = new WebSocket(node.ws, { headers: { Authorization: `Bearer ${token}` } });
    this.ws.on('open', () => this.send({ type: 'hello', version: 1, device: 'd1' }));
    this.ws.on('message', (bytes) => this.frames.push(JSON.parse(bytes.toString())));
    this.ws.on('close', (code) => { this.code = code; });
    this.ws.on('error', () => {});
    cleanup(() => this.ws.terminate());
  }

  send(frame) { this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame)); }

  async open() {
    await until('it is welcome', () => this.frames.some(({ type }) => type === 'welcome'));
    return this;
  }

  /* The answer to a command, or to what has a ref: the next one behind those that are there. */
  async ask(frame) {
    const from = this.frames.length;
    this.send(frame);
    const is = (heard) => (frame.clientId ? heard.clientId === frame.clientId && (heard.type === 'ack' || heard.type === 'nack')
      : heard.ref === frame.ref);
    return until(`${JSON.stringify(frame).slice(0, 80)} is answered`, () => this.frames.slice(from).find(is));
  }
}

const person = async (node, name) => {
  const token = await node.login(name);
  return Object.assign(await new Raw(node, token).open(), { token, name });
};

const refused = (answer, code, more = {}) => {
  const { type, temporary } = answer;
  assert.deepEqual({ type, code: answer.code, temporary, ...Object.fromEntries(Object.keys(more).map((key) => [key, answer[key]])) },
    { type: 'nack', code, temporary: false, ...more });
};

test('a client id answers its own command, over any connection, node and route', async () => {
  const { nodes } = await cluster();
  const [ada, bot] = [await person(nodes[0], 'ada'), await person(nodes[0], 'bot')];
  const elsewhere = await new Raw(nodes[1], bot.token).open();
  assert.equal((await ada.ask({ type: 'room_create', roomId: 'den', clientId: 'c1', open: true })).type, 'ack');
  const join = { type: 'room_join', roomId: 'den', clientId: '1' };
  const joined = await bot.ask(join);
  const hello = { type: 'send', roomId: 'den', clientId: '2', content: 'hello' };
  const said = await bot.ask(hello);
  assert.equal(said.seq, 3);

  // Its counter begins again.
  for (const at of [bot, elsewhere]) {
    for (const frame of [{ ...hello, clientId: '1' }, { ...hello, content: 'hello again' }, { ...hello, type: 'room_leave' },
      { ...hello, roomId: 'nowhere' }, { type: 'send', recipientId: 'ada', clientId: '2', content: 'hello' },
      { type: 'room_create', roomId: 'new', clientId: '2' }, { ...join, roomId: 'nowhere' }]) {
      refused(await at.ask(frame), 'conflict');
    }
    assert.deepEqual(await at.ask({ ...hello, seen: said.hlc }), said);
    assert.deepEqual(await at.ask(join), joined);
  }
  for (const node of nodes) {
    const post = async (body) => node.post('/api/rooms/den/messages', body, { token: bot.token });
    assert.deepEqual((await post({ clientId: '2', content: 'hello' })).json, said);
    const conflict = await post({ clientId: '2', content: 'hullo' });
    assert.equal(conflict.status, 409);
    assert.equal(conflict.json.code, 'conflict');
    assert.equal(conflict.json.clientId, '2');
  }

  // An answer that was lost is given to who is not in the room any more.
  const leave = { type: 'room_leave', roomId: 'den', clientId: '3' };
  const left = await bot.ask(leave);
  for (const at of [bot, elsewhere]) {
    assert.deepEqual(await at.ask(leave), left);
    assert.deepEqual(await at.ask(hello), said);
    refused(await at.ask({ ...hello, clientId: '4' }), 'denied');
  }
  await Promise.all(nodes.map((node) => node.end()));
});

test('nobody comes into one room too many, however many try it at once', async () => {
  const { nodes } = await cluster();
  const [ada, bob] = [await person(nodes[0], 'ada'), await person(nodes[1], 'bob')];
  const elsewhere = await new Raw(nodes[1], ada.token).open();
  const create = (at, i, more = {}) => at.ask({ type: 'room_create', roomId: `r${i}`, clientId: `c${i}`, open: true, ...more });
  for (let i = 0; i < ROOMS_MOST - 6; i += 10) {
    await Promise.all(Array.from({ length: Math.min(10, ROOMS_MOST - 6 - i) }, (_, j) => create(ada, i + j)));
  }
  assert.equal((await bob.ask({ type: 'room_join', roomId: 'r0', clientId: 'j' })).type, 'ack');
  assert.equal((await bob.ask({ type: 'room_create', roomId: 'bobs', clientId: 'c', open: true })).type, 'ack');

  const race = await Promise.all([
    ...Array.from({ length: 12 }, (_, i) => create(i % 2 ? ada : elsewhere, 1000 + i)),
    ...Array.from({ length: 6 }, (_, i) => create(bob, 2000 + i, { members: ['ada'] })),
  ]);
  assert.equal(race.filter(({ type }) => type === 'ack').length, 6, JSON.stringify(race.map(({ code }) => code ?? 'ack')));
  for (const answer of race.filter(({ type }) => type === 'nack')) refused(answer, 'limit');
  const pages = [];
  for (let after = ''; ;) {
    const page = (await nodes[0].get(`/api/rooms?limit=256${after && `&after=${after}`}`, { token: ada.token })).json;
    pages.push(...page.rooms);
    if (!page.next) break;
    after = page.next;
  }
  assert.equal(pages.length, ROOMS_MOST);
  refused(await elsewhere.ask({ type: 'room_join', roomId: 'bobs', clientId: 'over' }), 'limit');
  refused(await create(bob, 3000, { members: ['ada'] }), 'limit', { field: 'members', members: ['ada'] });
  refused(await bob.ask({ type: 'send', recipientId: 'ada', clientId: 'dm', content: 'psst' }), 'limit');
  const posted = await nodes[1].post('/api/rooms', { roomId: 'over', clientId: 'over2' }, { token: ada.token });
  assert.equal(posted.status, 429);
  assert.deepEqual([posted.json.code, posted.json.temporary, posted.headers['retry-after']], ['limit', false, undefined]);

  // One that is left makes room for the same command.
  assert.equal((await ada.ask({ type: 'room_leave', roomId: 'r1', clientId: 'l' })).type, 'ack');
  assert.equal((await elsewhere.ask({ type: 'room_join', roomId: 'bobs', clientId: 'over' })).type, 'ack');
  await Promise.all(nodes.map((node) => node.end()));
});

test('a stranger puts nobody into rooms', async () => {
  const node = await new Hubbubd(['--login']).start();
  const [ada, bob, mallory] = [await person(node, 'ada'), await person(node, 'bob'), await person(node, 'mallory')];
  const create = (at, roomId, members) => at.ask({ type: 'room_create', roomId, clientId: `make-${roomId}`, members });
  refused(await create(mallory, 'm0', ['bob', 'zoe', 'ada']), 'denied', { field: 'members', members: ['ada', 'bob', 'zoe'] });
  assert.equal((await mallory.ask({ type: 'send', recipientId: 'bob', clientId: 'd', content: 'hi' })).type, 'ack');
  refused(await create(mallory, 'm1', ['bob']), 'denied', { members: ['bob'] });
  assert.deepEqual((await node.get('/api/rooms', { token: bob.token })).json.rooms.length, 1, 'the direct chat');

  assert.equal((await ada.ask({ type: 'room_create', roomId: 'tea', clientId: 't', open: true })).type, 'ack');
  assert.equal((await bob.ask({ type: 'room_join', roomId: 'tea', clientId: 't' })).type, 'ack');
  assert.equal((await create(ada, 'two', ['bob'])).type, 'ack');

  // Whoever left a closed room last comes back, and reads what they may see.
  assert.equal((await bob.ask({ type: 'send', roomId: 'two', clientId: 'b1', content: 'one' })).type, 'ack');
  for (const one of [bob, ada]) assert.equal((await one.ask({ type: 'room_leave', roomId: 'two', clientId: 'l' })).type, 'ack');
  refused(await create(mallory, 'two'), 'conflict');
  for (const one of [bob, mallory]) refused(await one.ask({ type: 'room_join', roomId: 'two', clientId: 'back' }), 'denied');
  assert.equal((await ada.ask({ type: 'room_join', roomId: 'two', clientId: 'back' })).seq, 6);
  const { entries } = (await node.get('/api/rooms/two/messages?before=6', { token: ada.token })).json;
  assert.deepEqual(entries.map(({ seq }) => seq), [1, 2, 3, 4, 5]);
  await node.end();
});

/* A request of a client that ends its side of the stream at once. */
const half = (node, text) => new Promise((done, fail) => {
  let answer = '';
  net.connect(node.port, '127.0.0.1', function () { this.end(text); })
    .on('data', (bytes) => { answer += bytes; }).on('error', fail).on('close', () => done(answer));
});

test('what is refused finds its request', async () => {
  const node = await new Hubbubd(['--login']).start();
  const ada = await person(node, 'ada');
  await ada.ask({ type: 'room_create', roomId: 'den', clientId: 'c1' });
  for (let i = 0; i < 10; i++) {
    const long = { type: 'send', roomId: 'den', clientId: `long${i}`, content: 'x'.repeat(8193) };
    refused(await ada.ask(long), 'too_large', { field: 'content' });
  }
  refused(await ada.ask({ type: 'room_join', roomId: 'a:b', clientId: 'j1' }), 'bad_field', { field: 'roomId' });
  refused(await ada.ask({ type: 'no_such', clientId: 'n1' }), 'unknown_type', { field: 'type' });
  const ask = await ada.ask({ type: 'sync_request', ref: 's1', limit: 0, roomId: 'den' });
  assert.deepEqual([ask.type, ask.code, ask.field], ['error', 'bad_field', 'limit']);
  assert.equal(ada.code, null);
  for (let i = 0; i < 6; i++) ada.send('x');
  await until('what is no JSON ends it', () => ada.code === 1008);

  for (const [target, field] of [['/api/messages/sync?cursor', 'cursor'], ['/api/messages/sync?since=1&since=2', 'since'],
    ['/api/presence?room=a:b', 'room'], ['/api/rooms?limit=5&&after=a:b', 'after'], ['/api/rooms/den/members?limit', 'limit'],
    [`/api/rooms?${'a&'.repeat(70)}limit=x`, 'limit']]) {
    const { status, json } = await node.get(target, { token: ada.token });
    assert.deepEqual([status, json.code, json.field], [400, 'bad_field', field], target);
  }

  const post = (i) => {
    const body = JSON.stringify({ clientId: `half${i}`, content: 'x' });
    return `POST /api/rooms/den/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${ada.token}\r\n`
      + `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  for (let i = 0; i < 20; i++) assert.match(await half(node, post(i)), /^HTTP\/1.1 200 [^]*"type":"ack"/);
  assert.match(await half(node, 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'), /^HTTP\/1.1 200 [^]*ok\n$/);
  await node.end();
});
