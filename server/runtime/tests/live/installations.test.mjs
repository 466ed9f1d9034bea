/* Two installations on one Redis are two chats, though people, rooms and keys have the same names; so are a
 * database and a copy of it that was adopted. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { meet, people, settled, verify } from './chat.mjs';
import { Hubbubd, Postgres, Redis, failingStart, folder, test } from './harness.mjs';

const ROOMS = ['lobby', 'ops'];
const EACH = 10;

/* Everybody of both writes as many at once, so that each place of a room is taken in both. */
async function write(chats, words) {
  await Promise.all(chats.flatMap((both, i) => both.flatMap((chat) => ROOMS.flatMap((room) =>
    Array.from({ length: EACH }, (_, k) => chat.say(room, `${words[i]} ${chat.user} ${k}`))))));
}

/* What all of an installation show is its log, and nothing else's. */
async function apart(chats, nodes, words) {
  for (const [i, node] of nodes.entries()) {
    await settled(chats[i]);
    const log = await node.log(chats[i][0].token);
    verify(chats[i], log);
    for (const chat of chats[i]) {
      for (const room of ROOMS) {
        const other = chat.room(room).shown.find(({ content }) => content?.startsWith(words[1 - i]));
        assert.equal(other, undefined, `${chat.user} is shown what is another installation's`);
      }
    }
  }
}

const flags = (redis, keys) => ['--redis', redis.address, '--keys', keys, '--node', 'n1', '--login'];

test('two installations of the same keys on one Redis', async () => {
  const redis = await new Redis().start();
  const keys = path.join(folder(), 'same.keys');
  const nodes = [];
  for (let i = 0; i < 2; i++) nodes.push(await new Hubbubd(['--db', 'chat.db', ...flags(redis, keys)]).start());
  const chats = [];
  for (const node of nodes) chats.push(await people(['ada', 'bob', 'cy'], [node]));
  for (const both of chats) await meet(both, ROOMS);
  await write(chats, ['production', 'staging']);
  await apart(chats, nodes, ['production', 'staging']);
  await Promise.all(nodes.map((node) => node.end()));
});

/* Adopts; gives what was said. */
async function adopt(args, cwd) {
  const { code, out, err } = await failingStart(['--adopt', ...args], cwd);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^hubbubd: adopted: [^\n]+\n$/);
  return out;
}

test('a database and its copy, once that was adopted', async () => {
  const redis = await new Redis().start();
  const keys = path.join(folder(), 'same.keys');
  const nodes = [await new Hubbubd(['--db', 'chat.db', ...flags(redis, keys)]).start()];
  const before = await people(['ada', 'bob'], nodes);
  await meet(before, ROOMS);
  await write([before], ['before']);
  await settled(before);
  const positions = before[0].room('lobby').last;
  const { epoch } = before[0].welcomes[0];
  before.forEach((chat) => chat.end());
  await nodes[0].end();

  const copy = folder();
  fs.copyFileSync(path.join(nodes[0].cwd, 'chat.db'), path.join(copy, 'chat.db'));
  await adopt(['--db', 'chat.db', '--keys', keys], copy);
  nodes.push(new Hubbubd(['--db', 'chat.db', ...flags(redis, keys)], { cwd: copy }));
  await nodes[0].start();
  await nodes[1].start();
  const chats = [];
  for (const node of nodes) chats.push(await people(['ada', 'bob'], [node]));
  chats.flat().forEach((chat) => { chat.lastId = 1000; }); // those below are commands of before
  await write(chats, ['production', 'staging']);
  await apart(chats, nodes, ['production', 'staging']);
  assert(chats.every(([chat]) => chat.room('lobby').last === positions + 2 * EACH), 'both went on from there');
  assert.equal(chats[0][0].welcomes[0].epoch, epoch);
  assert.notEqual(chats[1][0].welcomes[0].epoch, epoch, 'what clients know of the original is not of the copy');
  await Promise.all(nodes.map((node) => node.end()));
});

async function refused(args, cwd) {
  const got = await failingStart(['--listen', '127.0.0.1:0', ...args], cwd);
  assert.equal(got.code, 3, JSON.stringify(got));
  assert.match(got.err, /^hubbubd: [^\n]*another cursor key[^\n]*--keys[^\n]*--adopt[^\n]*\n$/);
}

test('a node with other keys than the database\'s nodes', async () => {
  const postgres = await new Postgres().start();
  const cwd = folder();
  for (const db of ['chat.db', postgres.uri]) {
    const node = await new Hubbubd(['--db', db, '--keys', 'a.keys'], { cwd }).start();
    if (db === postgres.uri) await refused(['--db', db, '--keys', 'b.keys'], cwd); // beside it
    await node.end();
    await refused(['--db', db, '--keys', 'b.keys'], cwd);
    await adopt(['--db', db, '--keys', 'b.keys'], cwd);
    await refused(['--db', db, '--keys', 'a.keys'], cwd);
    await (await new Hubbubd(['--db', db, '--keys', 'b.keys'], { cwd }).start()).end();
  }
});
