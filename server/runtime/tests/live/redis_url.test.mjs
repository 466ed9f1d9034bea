/* Redis by its address: passwords, users, databases, TLS; and two Redises where one is meant. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { meet, people, settled } from './chat.mjs';
import { Hubbubd, Postgres, Redis, failingStart, folder, freePort, secret, test, until } from './harness.mjs';

const PASSWORD = 'hunter2-of-redis-0123456789'; // long enough to be searched for in every log
const ENCODED = encodeURIComponent(PASSWORD);
const at = ['--listen', '127.0.0.1:0'];
const cli = (redis, ...words) => execFileSync('redis-cli', ['-p', String(redis.port), '--no-auth-warning', ...words],
  { encoding: 'utf8' }).trim();

async function pair(postgres, urls, flags = []) {
  const keys = path.join(folder(), 'pair.keys');
  const nodes = urls.map((url, i) => new Hubbubd(['--node', `n${i + 1}`, '--db', postgres.uri, '--redis', url, '--keys', keys,
    '--login', ...flags]));
  for (const node of nodes) await node.start();
  return nodes;
}

async function chatOver(nodes) {
  const chats = await people(['ada', 'bob'], nodes);
  await meet(chats, ['a']);
  await Promise.all([chats[0].say('a', 'from the one'), chats[1].say('a', 'from the other')]);
  await settled(chats);
  for (const chat of chats) chat.end();
}

const shown = (node) => fs.readFileSync(`/proc/${node.child.pid}/cmdline`, 'utf8');

test('a user, a password and a database of a Redis that asks for them', async () => {
  secret(PASSWORD);
  const [postgres, redis] = await Promise.all([new Postgres().start(), new Redis().start(['--requirepass', PASSWORD])]);
  cli(redis, '-a', PASSWORD, 'ACL', 'SETUSER', 'ada', 'on', `>${PASSWORD}`, '~*', '&*', '-@all', '+@pubsub', '+@hash', '+@set', '+@sortedset', '+@string', '+@keyspace', '+@transaction', '+@connection', '-@dangerous');
  const url = (user, more = '') => `redis://${user}@127.0.0.1:${redis.port}${more}`;
  const nodes = await pair(postgres, [url(`:${ENCODED}`, '/3'), url(`ada:${ENCODED}`, '/3')]);
  await chatOver(nodes);
  assert.equal(cli(redis, '-a', PASSWORD, 'ACL', 'LOG'), '', 'the rights are enough');
  assert.equal(cli(redis, '-a', PASSWORD, '-n', '0', 'DBSIZE'), '0', 'nothing of it is in another database');
  assert.notEqual(cli(redis, '-a', PASSWORD, '-n', '3', 'DBSIZE'), '0');
  for (const node of nodes) {
    assert(!shown(node).includes(PASSWORD), shown(node));
    assert.match(shown(node), /redis:\/\/(ada)?:\*\*\*@127\.0\.0\.1:\d+\/3/);
  }
  await Promise.all(nodes.map((node) => node.end()));

  for (const [name, flags, words] of [
    ['no password', ['--redis', `127.0.0.1:${redis.port}`], ['refuses us', 'NOAUTH', 'check user, password']],
    ['a wrong one', ['--redis', url(`:${PASSWORD}x`)], ['WRONGPASS']],
    ['of no user', ['--redis', url(`eve:${PASSWORD}`)], ['WRONGPASS']],
    ['no such database', ['--redis', url(`:${PASSWORD}`, '/99')], ['DB index is out of range']],
    ['not escaped', ['--redis', url(`:${PASSWORD}@${PASSWORD}`)], ['at byte', '%40']],
  ]) {
    const got = await failingStart([...at, ...flags]);
    for (const word of words) assert(got.err.includes(word), `${name}: ${got.err}`);
    assert(!got.err.includes(PASSWORD), `${name}: ${got.err}`);
    assert.match(got.err, /^hubbubd: [^\n]+\n$/);
  }
});

test('a password from the environment, from a file, and one that changes', async () => {
  secret(PASSWORD);
  const redis = await new Redis().start(['--requirepass', PASSWORD]);
  const file = path.join(folder(), 'password');
  fs.writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 });
  const node = await new Hubbubd(['--redis', redis.address, '--redis-password-file', file]).start();
  await node.end();
  fs.chmodSync(file, 0o644);
  const refused = await failingStart([...at, '--redis', redis.address, '--redis-password-file', file]);
  assert.match(refused.err, /others can read it; chmod 600 it/);

  process.env.HUBBUB_REDIS_PASSWORD = PASSWORD;
  const other = await new Hubbubd(['--redis', redis.address]).start().finally(() => { delete process.env.HUBBUB_REDIS_PASSWORD; });
  await redis.kill();
  await redis.start(['--requirepass', 'another']);
  await until('it says why', () => /warn Redis refuses us: 1 0 WRONGPASS/.test(other.err));
  await new Promise((done) => setTimeout(done, 4000));
  assert.equal(other.err.match(/refuses us/g).length, 1, 'not at each try');
  const { total_connections_received: tries } = Object.fromEntries(cli(redis, '-a', 'another', 'INFO', 'stats').split('\r\n')
    .map((line) => line.split(':')));
  assert(Number(tries) < 40, `${tries} connections in 4 s`);
  assert.equal((await other.get('/readyz')).status, 200, 'the database serves');
  cli(redis, '-a', 'another', 'CONFIG', 'SET', 'requirepass', PASSWORD);
  await until('it is back', async () => (await other.metrics()).hubbub_redis_away === 0);
  await other.end();
});

test('by TLS: whom it trusts, and whom not', async () => {
  const cwd = folder();
  const openssl = (...args) => execFileSync('openssl', args, { cwd, stdio: 'ignore' });
  const authority = (name) => openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
    '-keyout', `${name}.key`, '-out', `${name}.crt`);
  const signed = (name, names) => {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    fs.writeFileSync(path.join(cwd, 'ext'), `subjectAltName=${names}\n`);
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
      '-extfile', 'ext', '-out', `${name}.crt`);
  };
  authority('ca');
  authority('stranger');
  signed('server', 'DNS:localhost,IP:127.0.0.1');
  signed('elsewhere', 'DNS:redis.example');
  signed('client', 'DNS:client');
  const file = (name) => path.join(cwd, name);
  const begin = async (cert, ask) => {
    const redis = new Redis();
    redis.port = await freePort();
    return redis.start(['--tls-port', String(redis.port), '--tls-cert-file', file(`${cert}.crt`), '--tls-key-file',
      file(`${cert}.key`), '--tls-ca-cert-file', file('ca.crt'), '--tls-auth-clients', ask, '--requirepass', PASSWORD]);
  };
  secret(PASSWORD);
  const [postgres, redis, mutual, wrong, plain] = await Promise.all([new Postgres().start(), begin('server', 'no'),
    begin('server', 'yes'), begin('elsewhere', 'no'), new Redis().start()]);
  const url = ({ port }, host, more) => `rediss://:${ENCODED}@${host}:${port}/2${more}`;
  const ca = `?cacert=${file('ca.crt')}`;

  const nodes = await pair(postgres, [url(redis, 'localhost', ca), url(redis, '127.0.0.1', ca)]);
  await chatOver(nodes);
  await redis.kill(); // and it is found again
  await redis.start(redis.more);
  await until('both are back', async () => (await Promise.all(nodes.map((node) => node.metrics())))
    .every((metrics) => metrics.hubbub_redis_away === 0));
  await Promise.all(nodes.map((node) => node.end()));

  const own = `&cert=${file('client.crt')}&key=${file('client.key')}`;
  const known = await new Hubbubd(['--redis', url(mutual, '127.0.0.1', ca + own)]).start();
  await known.end();
  const careless = await new Hubbubd(['--redis', url(wrong, '127.0.0.1', '?insecure=yes')]).start();
  assert.match(careless.err, /warn insecure=yes/);
  await careless.end();

  for (const [name, address, words] of [
    ['signed by nobody known', url(redis, '127.0.0.1', ''), ['certificate']],
    ['signed by another', url(redis, '127.0.0.1', `?cacert=${file('stranger.crt')}`), ['certificate']],
    ['of another address', url(wrong, '127.0.0.1', ca), ['IP address mismatch']],
    ['of another host', url(wrong, 'localhost', ca), ['ostname mismatch']],
    ['no certificate of our own', url(mutual, '127.0.0.1', ca), ['no Redis at']],
    ['no TLS there', url(plain, '127.0.0.1', ca), ['no Redis at']],
    ['TLS there', `redis://127.0.0.1:${redis.port}`, ['no Redis at']],
    ['no such file', url(redis, '127.0.0.1', '?cacert=/no/such.crt'), ['/no/such.crt']],
    ['a key for a certificate', url(redis, '127.0.0.1', `?cacert=${file('ca.key')}`), ['ca.key', 'give a file of PEM']],
    ['a wrong password', url(redis, '127.0.0.1', ca).replace(ENCODED, 'wrong'), ['WRONGPASS']],
  ]) {
    const got = await failingStart([...at, '--redis', address]);
    assert.equal(got.code, 3, `${name}: ${got.err}`);
    for (const word of words) assert(got.err.includes(word), `${name}: ${got.err}`);
    assert(!got.err.includes(PASSWORD), `${name}: ${got.err}`);
  }
});

test('two nodes on one database and two Redises say so, and stop saying it', async () => {
  const [postgres, one, two] = await Promise.all([new Postgres().start(), new Redis().start(), new Redis().start()]);
  const nodes = await pair(postgres, [one.address, two.address]);
  const word = /nodes live on this database and are not heard: they may use another Redis: 1 0 n(\d)/g;
  await until('both tell', () => nodes.every((node) => node.err.match(word)), 60000);
  assert.match(nodes[0].err, / n2\n/);
  assert.match(nodes[1].err, / n1\n/);
  for (const node of nodes) {
    assert.equal(node.err.match(word).length, 1);
    assert.equal((await node.metrics()).hubbub_peers_unheard, 1);
  }
  await nodes[1].end();
  nodes[1].flags[nodes[1].flags.indexOf('--redis') + 1] = one.address;
  await nodes[1].start();
  await until('all is well', async () => (await nodes[0].metrics()).hubbub_peers_unheard === 0, 30000);
  await Promise.all(nodes.map((node) => node.end()));
});

test('what it writes is for its user alone, and its name is drawn once and says nothing of the machine', async () => {
  const cwd = folder();
  const node = await new Hubbubd(['--db', 'a.db'], { cwd }).start();
  assert.match(node.node, /^n[a-z2-9]{6}$/);
  const [chat] = await people(['ada'], [node]);
  await meet([chat], ['a']);
  await chat.say('a', 'hi');
  assert((await node.log(chat.token)).get('a').every(({ id }) => id.endsWith(`-${node.node}`)));
  chat.end();
  const mode = (name) => (fs.statSync(path.join(cwd, name)).mode & 0o777).toString(8);
  for (const name of fs.readdirSync(cwd)) assert.equal(mode(name), '600', name);
  assert(fs.readdirSync(cwd).includes('a.db-wal'));
  const { node: name } = node;
  await node.end();
  fs.chmodSync(path.join(cwd, 'a.db'), 0o644);
  await node.start();
  assert.equal(node.node, name);
  assert.equal(mode('a.db'), '600');
  await until('it is told', () => /info others could use "a\.db" \(it was 644\).*; for this user alone now/.test(node.err));
  await node.end();
});

test('a password of PostgreSQL is in no list of processes', async () => {
  const postgres = await new Postgres().start();
  secret(PASSWORD);
  const uri = postgres.uri.replace('postgres@', `postgres:${ENCODED}@`);
  const node = await new Hubbubd(['--db', uri, '--keys', path.join(folder(), 'a.keys')]).start();
  assert(!shown(node).includes(PASSWORD), shown(node));
  assert.match(shown(node), /postgresql:\/\/postgres:\*\*\*@\/postgres\?host=/);
  await node.end();
});
