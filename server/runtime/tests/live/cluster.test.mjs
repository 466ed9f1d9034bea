/* ci/cluster, the small cluster behind nginx: one of its nodes is killed under load, and comes back. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { meet, people, settled, verify } from './chat.mjs';
import { Hubbubd, cleanup, freePort, test, until } from './harness.mjs';

const SCRIPT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../../ci/cluster');
const PEOPLE = 12;
const ROOMS = ['lobby', 'build'];
const RESTART_S = 6;

/* A node of the cluster, or the front: an address. */
class Address extends Hubbubd {
  constructor(url, user) {
    super();
    this.port = Number(new URL(url).port);
    this.user = user;
  }

  get ws() { return `ws://127.0.0.1:${this.port}/ws?user=${encodeURIComponent(this.user ?? '')}`; }
}

async function cluster() {
  const [front, nodes] = [await freePort(), await freePort()];
  const child = spawn(SCRIPT, ['--front', front, '--nodes', nodes, '--restart', RESTART_S, '--program',
    process.env.HUBBUBD], { stdio: ['ignore', 'pipe', 'pipe'] });
  const here = { child, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => { here.out += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { here.err += text; });
  here.ended = new Promise((done) => child.on('close', (code) => { here.code = code; done(code); }));
  cleanup(async () => { child.kill('SIGTERM'); await here.ended; });
  await until(() => `the cluster is up: ${here.err}`, () => here.code !== undefined || /^logs/m.test(here.out), 60000);
  assert.equal(here.code, undefined, here.err);
  here.front = /^front +(\S+)/m.exec(here.out)[1];
  here.nodes = [...here.out.matchAll(/^(WS-\d) +(\S+) +pid (\d+)/mg)].map(([, name, url, pid]) => ({ name, url, pid: Number(pid) }));
  here.logs = /^logs +(\S+)/m.exec(here.out)[1];
  return here;
}

/* What `chat` is shown of everybody, by version: user -> status; and each time that somebody turned offline. */
function view(chat) {
  const shown = new Map();
  const offline = [];
  const frame = chat.frame.bind(chat);
  chat.frame = (said) => {
    for (const person of said.type === 'presence_update' ? [said] : said.type === 'presence_state' ? said.users ?? [] : []) {
      const before = shown.get(person.userId);
      if (before && before.version > person.version) continue;
      shown.set(person.userId, person);
      if (before && before.status !== 'offline' && person.status === 'offline') {
        offline.push({ userId: person.userId, at: performance.now() });
      }
    }
    frame(said);
  };
  return { shown, offline };
}

test('a node of three is killed under load: its people move, nobody who lives is shown offline, nothing is lost', async () => {
  const here = await cluster();
  const front = new Address(here.front);
  const names = Array.from({ length: PEOPLE }, (_, i) => `person ${i}`.replace(' ', '-'));
  const chats = [];
  for (const name of names) {
    const [chat] = await people([name], [new Address(here.front, name)]);
    chats.push(chat);
  }
  const views = chats.map(view);
  await meet(chats, ROOMS);
  const metrics = async ({ url }) => (await (await fetch(`${url}/metrics`)).text()).match(/^hubbub_connections (\d+)/m);
  const held = await Promise.all(here.nodes.map(async (node) => Number((await metrics(node))[1])));
  assert.equal(held.reduce((a, b) => a + b), PEOPLE, `connections of the nodes: ${held}`);
  assert(held[1] > 0, `nobody is at WS-2: ${held}`);

  // Everybody writes; WS-2 goes in the middle of it.
  let writing = true;
  cleanup(() => { writing = false; });
  const sent = [];
  const load = (async () => {
    for (let i = 0; writing; i++) {
      for (const [c, chat] of chats.entries()) sent.push(chat.say(ROOMS[(c + i) % ROOMS.length], `message ${i} of ${c}`));
      await new Promise((done) => setTimeout(done, 100));
    }
  })();
  await new Promise((done) => setTimeout(done, 1000));
  process.kill(here.nodes[1].pid, 'SIGKILL');
  await until('its people are away', () => chats.some((chat) => !chat.online));
  await until('its people have moved', () => chats.every((chat) => chat.online), 15000);
  const moved = await Promise.all([0, 2].map(async (i) => Number((await metrics(here.nodes[i]))[1])));
  assert.equal(moved[0] + moved[1], PEOPLE, `connections of those that are left: ${moved}`);
  await until('WS-2 is back', () => /^WS-2 again/m.test(here.out), (RESTART_S + 10) * 1000);
  await until('it serves', async () => (await metrics(here.nodes[1]).catch(() => null)) !== null, 20000);
  // Longer than a lease, the grace and two sweeps: whoever were to be taken for dead would be by now.
  await new Promise((done) => setTimeout(done, 16000));
  writing = false;
  await load;
  await Promise.all(sent);
  await settled(chats);
  const log = await front.log(chats[0].token);
  verify(chats, log);
  const texts = new Set([...log.values()].flat().filter((entry) => entry.content).map((entry) => entry.clientId + entry.senderId));
  assert(sent.length <= texts.size, `${sent.length} were acked, ${texts.size} are in the log`);
  for (const [c, { shown, offline }] of views.entries()) {
    assert.deepEqual(offline, [], `${names[c]} saw people go who were there`);
    for (const name of names) assert.equal(shown.get(name)?.status, 'online', `${names[c]} sees ${name}`);
  }

  // Nothing is left of it.
  for (const chat of chats) chat.end();
  here.child.kill('SIGTERM');
  assert.equal(await here.ended, 0, here.err);
  assert(!fs.existsSync(here.logs), 'its folder is gone');
  for (const { url } of [{ url: here.front }, ...here.nodes]) {
    await assert.rejects(fetch(url), `${url} is closed`);
  }
});
