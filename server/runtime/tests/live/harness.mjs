/* What the live tests stand on: hubbubd, Redis and PostgreSQL as processes of a test's own, with
 * ports, folders and deadlines, and nothing of it left when the test is over.
 *
 * A test may end by itself, fail, or be killed with SIGKILL by ctest, which does not leave time to
 * clean up. So a guardian, a shell outside of the test's process tree, is told of every process and
 * waits for the end of a pipe that only the test holds: it ends what is left and removes the folder.
 *
 * Every hubbubd is looked at while it runs: one that ends without being told to, and one that
 * writes of a sanitizer or of a failed assertion, fails the test and wakes whatever waits (until). */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test as nodeTest } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

const PROGRAM = process.env.HUBBUBD;
const START_MS = 30000; // a sanitized server beside a compiler
const LOOK_MS = 5;

assert(PROGRAM && fs.existsSync(PROGRAM), 'HUBBUBD has to name the program hubbubd');

/* --- What went wrong beside the test's own thread ------------------------------------------- */

const troubles = [];
export const trouble = (text) => troubles.push(text);

/* Waits for a condition, not for a time; `ms` is only how long it may take at most. */
export async function until(what, condition, ms = 20000) {
  const end = performance.now() + ms;
  for (;;) {
    if (troubles.length > 0) throw new Error(troubles.join('\n'));
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) {
      throw new Error(`not within ${ms} ms: ${typeof what === 'function' ? what() : what}`);
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/* Two long lists: the first difference says enough. */
export function same(actual, expected, what) {
  const at = Array.from({ length: Math.max(actual.length, expected.length) }, (_, i) => i)
    .find((i) => !isDeepStrictEqual(actual[i], expected[i]));
  if (at !== undefined) {
    throw new Error(`${what}: of ${actual.length} and ${expected.length}, number ${at} differs:\n`
      + `${JSON.stringify(actual[at])}\n${JSON.stringify(expected[at])}`);
  }
}

/* SEC-09: what people write, and what lets them in, stands in no line that a server writes. Words that are as short
 * as a log's own say nothing. */
const SECRET_CHARS = 16;
const secrets = new Set(); // of the running test
export function secret(text) {
  if (text?.length >= SECRET_CHARS) secrets.add(text);
}

function toldSecrets() {
  for (const { name, err } of servers) {
    const told = [...secrets].find((text) => err?.includes(text));
    if (told) trouble(`${name} wrote to its log what is nobody's business: ${JSON.stringify(told)}`);
  }
}

const cleanups = []; // of the running test
export const cleanup = (clean) => cleanups.push(clean);

/* A test that also fails by what went wrong elsewhere, and then shows what the servers wrote. */
export function test(name, body) {
  nodeTest(name, async () => {
    try {
      await body();
      toldSecrets();
      if (troubles.length > 0) throw new Error(troubles.join('\n'));
    } catch (error) {
      for (const server of servers.filter(({ err }) => err)) {
        console.error(`--- ${server.name}: its last words\n${server.err.slice(-3000)}`);
      }
      throw error;
    } finally {
      troubles.length = 0;
      secrets.clear();
      await Promise.all(cleanups.splice(0).reverse().map((clean) => clean()));
      servers.length = 0;
    }
  });
}

/* --- Processes ------------------------------------------------------------------------------ */

const POSTGRES_USER = process.getuid() !== 0 ? null : {
  uid: Number(execFileSync('id', ['-u', 'postgres'])), gid: Number(execFileSync('id', ['-g', 'postgres'])),
};
export const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hubbub-live-'));
fs.chmodSync(dir, 0o755); // postgres goes through it to a folder of its own

/* In the background of a shell that ends at once, it is no descendant of ours: ctest kills those.
 * SIGQUIT first, or PostgreSQL leaves shared memory; what is stopped does not hear it. */
const GUARDIAN = `(
  pids=
  while read -r op pid; do
    case $op in
    +) pids="$pids $pid" ;;
    -) rest=; for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done; pids=$rest ;;
    esac
  done
  for p in $pids; do kill -CONT $(cat /proc/$p/task/$p/children) $p; kill -QUIT $p; done
  for i in 1 2 3 4 5 6 7 8 9 10; do
    left=; for p in $pids; do kill -0 $p && left="$left $p"; done
    [ -z "$left" ] && break; sleep 0.2
  done
  for p in $left; do kill -KILL $p; done
  rm -rf "$1"
) <&3 3<&- 2>/dev/null &`;
const guardian = spawn('sh', ['-c', GUARDIAN, 'guardian', dir],
  { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true, cwd: '/' });
guardian.stdio[3].on('error', () => {}).unref(); // gone: then nobody listens
guardian.unref();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1));

export const servers = []; // {name, err}: hubbubd, for their last words

export function run(command, args, options) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  child.ended = new Promise((done) => {
    child.on('close', (code, signal) => { // 'close' and not 'exit': its output is whole
      guardian.stdio[3].write(`- ${child.pid}\n`);
      done({ code, signal });
    });
    child.on('error', (error) => done({ code: -1, signal: null, error }));
  });
  if (child.pid) guardian.stdio[3].write(`+ ${child.pid}\n`);
  return child;
}

/* Below the ports that the system gives to outgoing connections: one that is free now can be
 * listened on again after a restart. With `count`: the first of so many that are free one behind the other. */
export async function freePort(count = 1) {
  const free = (port) => new Promise((done) => {
    const server = net.createServer().once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
  for (;;) {
    const first = 10000 + Math.floor(Math.random() * 20000);
    let found = 0;
    while (found < count && await free(first + found)) found++;
    if (found === count) return first;
  }
}

let folders = 0;
export function folder() {
  const made = path.join(dir, String(++folders));
  fs.mkdirSync(made);
  return made;
}

const children = (pid) => fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  .trim().split(' ').filter(Boolean).map(Number);

/* --- hubbubd -------------------------------------------------------------------------------- */

export class Hubbubd {
  /* `flags` without --listen; an own folder, unless one is given, is where it works. */
  constructor(flags = [], { port = 0, host = '127.0.0.1', cwd = folder() } = {}) {
    Object.assign(this, { flags, port, host, cwd, child: null, err: '', lives: 0 });
    this.name = flags.includes('--node') ? flags[flags.indexOf('--node') + 1] : 'hubbubd';
    servers.push(this);
    cleanup(() => this.child && this.kill());
  }

  /* Returns when it serves: its line on stdout is there and /readyz says so. */
  async start() {
    const listen = ['--listen', `${this.host}:${this.port}`];
    let out = '';
    assert.equal(this.child, null);
    const child = this.child = run(PROGRAM, [...listen, ...this.flags], { cwd: this.cwd });
    const life = ++this.lives;
    this.told = false;
    child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.err += text;
      if (/Sanitizer|assertion failed|runtime error/.test(this.err)) {
        trouble(`${this.name}, life ${life}: a report on stderr`);
      }
    });
    child.ended.then(({ code, signal }) => {
      if (!this.told) trouble(`${this.name}, life ${life}: ended untold (${signal ?? code})`);
    });
    const line = /^hubbubd \S+, node (\S+): open http:\/\/\S+:(\d+)\/\n$/;
    const [, node, port] = await until(`${this.name} says where it listens`, () => line.exec(out), START_MS);
    Object.assign(this, { node, port: Number(port) });
    await until(`${this.name} is ready`, async () => (await this.get('/readyz').catch(() => ({}))).status === 200,
      START_MS);
    return this;
  }

  async kill() {
    const child = this.child;
    this.told = true;
    this.child = null;
    child.kill('SIGKILL');
    await child.ended;
  }

  /* Tells it to end; gives how it ended. */
  async stop(signal = 'SIGTERM', ms = 15000) {
    const child = this.child;
    this.told = true;
    child.kill(signal);
    let ended = null;
    child.ended.then((how) => { ended = how; });
    await until(`${this.name} ends by ${signal}`, () => ended, ms);
    this.child = null;
    return ended;
  }

  /* For the end of a test: what a sanitizer has to say about leaks comes with the exit code. */
  async end() {
    assert.deepEqual(await this.stop(), { code: 0, signal: null }, `${this.name} ends well`);
  }

  get ws() { return `ws://127.0.0.1:${this.port}/ws`; }

  request(method, target, options = {}) {
    return request({ port: this.port, method, path: target, ...options });
  }

  get(target, options) { return this.request('GET', target, options); }

  post(target, body, { headers = {}, ...options } = {}) {
    return this.request('POST', target,
      { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers }, ...options });
  }

  async login(user) {
    const answer = await this.post('/api/login', { user });
    assert.equal(answer.status, 200, answer.text);
    secret(answer.json.token);
    return answer.json.token;
  }

  async metrics() {
    const lines = (await this.get('/metrics')).text.split('\n').filter((line) => line && line[0] !== '#');
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  }

  /* Each room's log as `token`'s user may see it, by all pages of the sync route. */
  async log(token) {
    const rooms = new Map();
    let target = '/api/messages/sync?limit=100';
    for (;;) {
      const { status, text, json } = await this.get(target, { token });
      assert.equal(status, 200, text);
      for (const entry of json.entries) {
        if (!rooms.has(entry.roomId)) rooms.set(entry.roomId, []);
        rooms.get(entry.roomId).push(entry);
      }
      if (!json.hasMore) return rooms;
      target = `/api/messages/sync?cursor=${json.cursor}`;
    }
  }

  rssKib() {
    return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))[1]);
  }
}

/* Runs it to its end, for starts that are expected to fail. */
export async function failingStart(args, cwd = folder()) {
  const child = run(PROGRAM, args, { cwd });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
  const since = performance.now();
  const late = setTimeout(() => child.kill('SIGKILL'), START_MS);
  const { code, signal } = await child.ended;
  clearTimeout(late);
  return { code, signal, out, err, ms: performance.now() - since };
}

/* One HTTP request on a connection of its own, unless an agent is given. */
export function request({ token, body, headers = {}, ...options }) {
  return new Promise((done, fail) => {
    const bytes = body === undefined ? null : Buffer.from(body);
    const asked = http.request({
      host: '127.0.0.1', agent: false, timeout: 30000, ...options,
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }), ...(bytes && { 'Content-Length': bytes.length }), ...headers,
      },
    }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part)).on('error', fail).on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        const json = /^application\/json/.test(answer.headers['content-type']) && text ? JSON.parse(text) : null;
        done({ status: answer.statusCode, headers: answer.headers, text, json });
      });
    });
    asked.on('error', fail).on('timeout', () => asked.destroy(new Error('no answer in 30 s')));
    asked.end(bytes);
  });
}

/* --- Redis ---------------------------------------------------------------------------------- */

export class Redis {
  /* `more`: further arguments. Who asks for a password or TLS alone answers too: with an error, or by accepting. */
  async start(more = []) {
    this.port ??= await freePort();
    this.more = more;
    cleanup(() => this.kill());
    const tls = more.includes('--tls-port');
    this.child = run('redis-server', [...(tls ? ['--port', '0'] : ['--port', String(this.port)]), '--bind', '127.0.0.1',
      '--save', '', '--appendonly', 'no', '--dir', dir, ...more], { stdio: 'ignore' });
    await until('Redis answers', () => (tls ? this.accepts() : this.answers()), START_MS);
    return this;
  }

  accepts() {
    return new Promise((done) => {
      const socket = net.connect(this.port, '127.0.0.1', () => { done(true); socket.destroy(); });
      socket.on('error', () => done(false));
    });
  }

  answers() {
    return new Promise((done) => {
      const socket = net.connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.on('data', (bytes) => { done(/PONG|NOAUTH/.test(bytes)); socket.destroy(); });
      socket.on('error', () => done(false)).on('close', () => done(false));
    });
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.child.ended;
  }

  get address() { return `127.0.0.1:${this.port}`; }
}

/* --- PostgreSQL ----------------------------------------------------------------------------- */

export class Postgres {
  async start() {
    const base = '/usr/lib/postgresql';
    const version = fs.readdirSync(base).sort((a, b) => a - b).at(-1);
    this.bin = (name) => path.join(base, version, 'bin', name);
    this.dir = folder();
    if (POSTGRES_USER) fs.chownSync(this.dir, POSTGRES_USER.uid, POSTGRES_USER.gid);
    this.options = { cwd: this.dir, ...POSTGRES_USER };
    execFileSync(this.bin('initdb'), ['-D', 'data', '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync',
      '--no-locale'], { ...this.options, stdio: 'ignore' });
    cleanup(() => this.stop());
    return this.up();
  }

  async up() {
    this.child = run(this.bin('postgres'), ['-D', 'data', '-k', this.dir, '-c', 'listen_addresses=', '-c',
      'max_connections=20', '-c', 'shared_buffers=16MB'], { ...this.options, stdio: 'ignore' });
    await until('PostgreSQL answers', () => {
      try { return this.sql('SELECT 1') === '1'; } catch { return false; }
    }, START_MS);
    return this;
  }

  sql(text) {
    return execFileSync(this.bin('psql'), ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', this.dir, '-U', 'postgres', '-c',
      text], { ...this.options, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trimEnd();
  }

  /* Each room's messages in the database's order. */
  log() {
    const hex = this.sql(`SELECT encode(convert_to(json_agg(json_build_object('roomId', r.name, 'seq', e.seq,
      'senderId', u.name, 'clientId', e.client_id, 'content', e.content) ORDER BY r.id, e.seq)::text, 'UTF8'), 'hex')
      FROM entries e JOIN rooms r ON r.id = e.room JOIN users u ON u.id = e.sender`); // psql drops U+10FFFF
    return groupBy(JSON.parse(Buffer.from(hex, 'hex').toString('utf8')));
  }

  /* Stops the time of all its processes, or lets it go on. */
  signalAll(signal) {
    for (const pid of [this.child.pid, ...children(this.child.pid)]) {
      try { process.kill(pid, signal); } catch { /* it ended by itself */ }
    }
  }

  /* At once, as in a crash: what was not committed is gone, clients hear nothing of it. */
  async stop() {
    if (this.child.exitCode === null) {
      this.signalAll('SIGCONT');
      this.child.kill('SIGQUIT');
    }
    await this.child.ended;
  }

  get uri() { return `postgresql://postgres@/postgres?host=${this.dir}`; }
}

function groupBy(rows) {
  const rooms = new Map();
  for (const row of rows) rooms.set(row.roomId, [...rooms.get(row.roomId) ?? [], row]);
  return rooms;
}

/* Two nodes on one Redis and one PostgreSQL, with one file of keys. */
export async function cluster({ ports = [0, 0], flags = [] } = {}) {
  const [redis, postgres] = await Promise.all([new Redis().start(), new Postgres().start()]);
  const keys = path.join(folder(), 'cluster.keys');
  const nodes = ports.map((port, i) => new Hubbubd(['--node', `n${i + 1}`, '--db', postgres.uri, '--redis',
    redis.address, '--keys', keys, '--login', ...flags], { port }));
  await nodes[0].start(); // makes the keys and the tables
  await nodes[1].start();
  return { redis, postgres, nodes, keys };
}
