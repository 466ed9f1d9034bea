/* What presence costs real nodes. For ci/bench-presence, in ci/cluster. Prints JSON.
 *
 * usage: node presence.mjs flap CONNECTIONS SECONDS
 *        node presence.mjs cost CHANGES
 *
 * cost: 50 people in one room of one node, of whom each in turn chooses busy, or nothing any more; then as many
 * messages to the same room: CPU time of that node for each, ms. A change goes through Redis and the database.
 *
 * flap: people who come and go at one node, seen at another: how soon. Groups of 20 share a room; one of each group
 * watches at the second node, the others come to the first, stay for 2 s and are away for longer than the grace: ms
 * from hello to being seen, ms from the close to being seen as offline less the grace (5 s), Redis' commands for each
 * change, and how many changes there were. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';

const WebSocket = createRequire(import.meta.url)('/usr/share/nodejs/ws');
const GROUP = 20;
const GRACE_MS = 5000;
const STAY_MS = 2000;
const AWAY_MS = 8000;
const OPEN_AT_ONCE = 50;

const [what, ...numbers] = process.argv.slice(2);
const [connections, seconds] = numbers.map(Number);
const nodes = (process.env.HUBBUB_NODES ?? '').split(' ');
if (nodes.length < 2 || !(what === 'cost' ? connections > 0 : what === 'flap' && connections >= GROUP && seconds > 0)) {
  console.error('usage: ci/cluster -- node ci/load/presence.mjs flap CONNECTIONS SECONDS | cost CHANGES');
  process.exit(2);
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let turned = 0; // connections that are being made
const queue = [];
const gate = async () => {
  if (turned >= OPEN_AT_ONCE) await new Promise((go) => queue.push(go));
  turned++;
};
const leave = () => { turned--; queue.shift()?.(); };

async function login(node, user) {
  const answer = await fetch(`${node}/api/login`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user }),
  });
  if (!answer.ok) throw new Error(`login of ${user}: ${answer.status}`);
  return (await answer.json()).token;
}

async function join(node, token, room) {
  const answer = await fetch(`${node}/api/rooms/${room}/join`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ clientId: `join-${room}` }),
  });
  if (!answer.ok) throw new Error(`a join of ${room}: ${answer.status}`);
}

/* Welcomed. `seen` takes each person that it is told of. */
async function connect(node, token, seen = () => {}, other = () => {}) {
  await gate();
  try {
    const ws = new WebSocket(`${node.replace(/^http/, 'ws')}/ws`, { perMessageDeflate: false });
    await new Promise((done, fail) => {
      ws.on('error', fail);
      ws.on('close', fail);
      ws.on('open', () => ws.send(JSON.stringify({ type: 'hello', version: 1, device: 'd1', token })));
      ws.on('message', (bytes) => {
        const frame = JSON.parse(bytes);
        if (frame.type === 'welcome') done();
        else if (frame.type === 'presence_update') seen(frame);
        else if (frame.type === 'presence_state') frame.users?.forEach(seen);
        else other(frame);
      });
    });
    ws.removeAllListeners('close');
    ws.beat = setInterval(() => ws.readyState === WebSocket.OPEN && ws.send('{"type":"ping"}'), 10000);
    ws.on('close', () => clearInterval(ws.beat));
    return ws;
  } finally {
    leave();
  }
}

/* The total of commands that Redis has run. */
function commands() {
  return new Promise((done, fail) => {
    const [host, port] = process.env.HUBBUB_REDIS.split(':');
    let text = '';
    const socket = net.connect(Number(port), host, () => socket.write('INFO stats\r\nQUIT\r\n'));
    socket.on('data', (bytes) => { text += bytes; }).on('error', fail)
      .on('close', () => done(Number(/total_commands_processed:(\d+)/.exec(text)[1])));
  });
}

const came = [];
const went = [];
let changes = 0;

async function group(g) {
  const members = Array.from({ length: GROUP - 1 }, (_, i) => `flap-${g}-${i}`);
  const state = new Map(members.map((user) => [user, { online: false, at: 0 }]));
  const seen = ({ userId, status }) => {
    const one = state.get(userId);
    if (!one || one.shown === status) return;
    one.shown = status;
    if (one.at === 0) return;
    changes++;
    (one.online ? came : went).push(performance.now() - one.at);
    one.at = 0;
  };
  const watcher = await connect(nodes[1], await login(nodes[1], `watch-${g}`), seen);
  const tokens = await Promise.all(members.map((user) => login(nodes[0], user)));
  watcher.send(JSON.stringify({ type: 'room_create', roomId: `group-${g}`, clientId: `create-${g}`, open: true }));
  await sleep(1000);
  await Promise.all(tokens.map((token) => join(nodes[0], token, `group-${g}`)));
  const flap = async (user, token) => {
    const one = state.get(user);
    await sleep(Math.random() * (STAY_MS + AWAY_MS));
    for (;;) {
      Object.assign(one, { online: true, at: performance.now() });
      const ws = await connect(nodes[0], token);
      await sleep(STAY_MS);
      Object.assign(one, { online: false, at: performance.now() + GRACE_MS });
      ws.close();
      await sleep(AWAY_MS);
    }
  };
  return members.map((user, i) => flap(user, tokens[i]));
}

const percentile = (values, share) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const rounded = (value) => Math.round(value * 1000) / 1000;

async function flap() {
  for (let g = 0; g < connections / GROUP; g++) await group(g);
  await sleep(STAY_MS + AWAY_MS); // everybody has come once
  came.length = went.length = changes = 0;
  const before = await commands();
  await sleep(seconds * 1000);
  const after = await commands();
  return {
    connections, seconds, changes, changesPerSecond: rounded(changes / seconds),
    cameMs: { p50: rounded(percentile(came, 0.5)), p99: rounded(percentile(came, 0.99)) },
    wentMs: { p50: rounded(percentile(went, 0.5)), p99: rounded(percentile(went, 0.99)) },
    redisCommandsPerChange: rounded((after - before) / changes),
  };
}

/* CPU time of the first node so far, ms. */
function cpuMs() {
  const [pid] = process.env.HUBBUB_PIDS.split(' ');
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // utime, stime; ticks of 10 ms
}

async function cost() {
  const people = Array.from({ length: 50 }, (_, i) => `person-${i}`);
  let told = 0;
  let shown = 0;
  const sockets = [];
  for (const user of people) {
    sockets.push(await connect(nodes[0], await login(nodes[0], user), () => { told++; },
      (frame) => { shown += frame.type === 'message' ? 1 : 0; }));
  }
  const [one] = sockets;
  one.send(JSON.stringify({ type: 'room_create', roomId: 'all', clientId: 'create', open: true }));
  await sleep(1000);
  for (const socket of sockets.slice(1)) socket.send(JSON.stringify({ type: 'room_join', roomId: 'all', clientId: 'join' }));
  await sleep(3000);
  /* `count` times, ten under way at most; `reached`: how many came to somebody so far. */
  const each = async (count, reached, act) => {
    const [from, before] = [reached(), cpuMs()];
    for (let i = 0; i < count; i++) {
      act(i);
      while ((i - 9) * people.length > reached() - from) await sleep(1);
    }
    while (reached() - from < count * people.length) await sleep(1);
    return (cpuMs() - before) / count;
  };
  const messageMs = await each(connections, () => shown, (i) => one.send(JSON.stringify({
    type: 'send', roomId: 'all', clientId: `m-${i}`, content: 'Is anybody at the office already?',
  })));
  const changeMs = await each(connections, () => told, (i) => sockets[i % people.length].send(JSON.stringify({
    type: 'presence', status: Math.floor(i / people.length) % 2 === 0 ? 'busy' : null, manual: true,
  })));
  return { changes: connections, changeMs: rounded(changeMs), messageMs: rounded(messageMs), changeOfMessage: rounded(changeMs / messageMs) };
}

console.log(JSON.stringify(await (what === 'cost' ? cost() : flap())));
process.exit(0);
