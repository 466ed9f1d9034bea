/* What hubbubd says when it cannot start: one line on stderr that says what to do, nothing on
 * stdout, an exit code that scripts can tell apart, and soon. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Hubbubd, cleanup, failingStart, folder, freePort, test } from './harness.mjs';

const USAGE = 2;
const START = 3;
const MS_MAX = 5000;
const at = ['--listen', '127.0.0.1:0'];

/* [name, arguments, exit code, words of the line] */
const usage = [
  ['an unknown flag', ['--lisen', '127.0.0.1:0'], ['--lisen', 'hubbubd --help']],
  ['an argument that is no flag', ['chat.db'], ['chat.db', 'hubbubd --help']],
  ['a flag without its value', ['--db'], ['--db', 'hubbubd --help']],
  ['an address without a port', ['--listen', '127.0.0.1'], ['--listen', 'HOST:PORT', '"127.0.0.1"']],
  ['a port beyond 65535', ['--listen', '127.0.0.1:65536'], ['--listen', 'HOST:PORT', '65536']],
  ['Redis at port 0', ['--redis', '127.0.0.1:0'], ['--redis', 'at byte 11', 'a port of 1 to 65535']],
  ['Redis by another scheme', ['--redis', 'http://127.0.0.1'], ['--redis', 'at byte 1', 'rediss://']],
  ['a name with a blank', ['--node', 'n 1'], ['--node', '1 to 32', '"n 1"']],
  ['a time without a unit', ['--drain', '10'], ['--drain', '10s', '"10"']],
  ['an origin with a path', ['--origin', 'https://chat.example/x'], ['--origin', 'https://chat.example']],
];

test('a bad command line', async () => {
  for (const [name, args, words] of usage) await fails(name, args, USAGE, words);
});

async function fails(name, args, code, words, cwd) {
  const got = await failingStart(args, cwd);
  const told = `${name}: ${JSON.stringify(got)}`;
  assert.equal(got.code, code, told);
  assert.equal(got.out, '', told);
  assert.match(got.err, /^hubbubd: [^\n]+\n$/, told);
  for (const word of words) assert(got.err.includes(word), `${told} lacks "${word}"`);
  assert(got.ms < MS_MAX, told);
  return got;
}

test('what it needs is not there, or is something else', async () => {
  const other = await new Hubbubd(['--db', 'other.db']).start();
  const nobody = await freePort();
  const silent = net.createServer((socket) => socket.resume().on('error', () => {})); // accepts and says nothing
  await new Promise((done) => silent.listen(0, '127.0.0.1', done));
  cleanup(() => silent.close());
  const cwd = folder();
  const file = (name, text, mode = 0o600) => {
    fs.writeFileSync(path.join(cwd, name), text);
    fs.chmodSync(path.join(cwd, name), mode);
    return name;
  };
  file('text.db', 'This is a diary, not a database.\n'.repeat(200));
  file('garbled.keys', '{"tokenKeys": [{"id": "k1", "secret": "c2hvcnQ"}]}');
  file('empty.keys', '');
  file('locked.keys', '{}');
  file('open.keys', '{}', 0o640);
  file('public.keys', '{"tokenKeys": [{"id": "k1", "publicKey": "-----BEGIN PRIVATE KEY-----"}]}');
  fs.mkdirSync(path.join(cwd, 'folder.keys'));
  fs.chmodSync(path.join(cwd, 'locked.keys'), 0);
  const used = path.join(other.cwd, 'other.db');
  const fresh = ['--keys', 'good.keys'];

  const table = [
    ['a port in use', ['--listen', `127.0.0.1:${other.port}`], [`port ${other.port}`, 'in use', 'choose another']],
    ['no address of this machine', ['--listen', '192.0.2.1:8080'], ['192.0.2.1', 'no address of this machine', 'try 127.0.0.1']],
    ['a name for an address', ['--listen', 'chat.example:8080'], ['chat.example', 'IP address', 'write one']],
    ['a file in a missing folder', [...at, ...fresh, '--db', 'missing/chat.db'], ['missing/chat.db', 'give a file in a folder that exists']],
    ['the same, keys beside it', [...at, '--db', 'missing/chat.db'], ['missing/chat.keys', 'give --keys FILE in a folder that exists']],
    ['a folder for a file', [...at, ...fresh, '--db', '.'], ['give a file']],
    ['no SQLite file', [...at, ...fresh, '--db', 'text.db'], ['text.db', 'not a SQLite database', 'another path']],
    ['a file that another one has', [...at, ...fresh, '--db', used], ['another process uses', `(pid ${other.child.pid})`, 'stop it']],
    ['no PostgreSQL', [...at, ...fresh, '--db', `postgresql://u@127.0.0.1:${nobody}/chat`], ['PostgreSQL', 'start it']],
    ['an address of PostgreSQL that is none', [...at, ...fresh, '--db', 'postgresql://u:p@ss@word@h/chat'], ['%40 for an @']],
    ['no Redis', [...at, ...fresh, '--redis', `127.0.0.1:${nobody}`], [`no Redis at 127.0.0.1:${nobody}`, 'refused', 'leave it out']],
    ['HTTP where Redis should be', [...at, ...fresh, '--redis', `127.0.0.1:${other.port}`], ['no Redis at', 'start one']],
    ['silence where Redis should be', [...at, ...fresh, '--redis', `127.0.0.1:${silent.address().port}`], ['no Redis at', 'start one']],
    ['keys that are too short', [...at, '--keys', 'garbled.keys'], ['garbled.keys', 'tokenKeys[0]', '32']],
    ['no keys in the file', [...at, '--keys', 'empty.keys'], ['empty.keys', 'JSON object']],
    ['keys that others may read', [...at, '--keys', 'open.keys'], ['open.keys', 'others', 'chmod 600 open.keys']],
    ['a private key among them', [...at, '--keys', 'public.keys'], ['public.keys', 'tokenKeys[0]', 'the public key alone']],
    ['a folder for keys', [...at, '--keys', 'folder.keys'], ['folder.keys', 'give --keys FILE']],
    ...(process.getuid() === 0 ? [] : [ // nothing is locked for root
      ['keys that may not be read', [...at, '--keys', 'locked.keys'], ['locked.keys', 'Permission denied', 'give --keys FILE']]]),
  ];
  for (const [name, args, words] of table) await fails(name, args, START, words, cwd);

  // The one that runs was not disturbed by any of it.
  assert.equal((await other.get('/readyz')).status, 200);
  await other.end();
});
