/* A file and a database of the first version are served by this one: who was in a room is in it, what
 * was said there is there, people go on, and the log says that the tables were changed. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { acksOf, load, people, settled, verify } from './chat.mjs';
import { Hubbubd, Postgres, folder, test, until } from './harness.mjs';

const OLD = path.join(import.meta.dirname, '../../../../fixtures/databases');
const ROOMS = ['tea', 'work'];

async function goesOn(node, before) {
  const chats = await people(['ana', 'bob', 'cy'], [node]);
  await until('all are in their old rooms',
    () => chats.every((chat) => ROOMS.every((room) => chat.rooms.has(room))));
  for (const chat of chats) chat.lastId = 1000; // what they wrote then had the ids below
  const stop = load(chats, ROOMS);
  await until('acks', () => acksOf(chats) > 20);
  stop();
  await settled(chats);
  const log = await node.log(chats[0].token);
  for (const [room, entries] of before) {
    const old = log.get(room).slice(0, entries.length).filter((entry) => entry.content !== undefined);
    assert.deepEqual(old.map((entry) => [entry.seq, entry.senderId, entry.content]),
      entries.filter(([, , content]) => content !== null), `what was said in ${room}`);
  }
  for (const room of ROOMS) {
    assert.deepEqual(log.get(room).map((entry) => entry.seq), log.get(room).map((_, i) => i + 1), 'without a hole');
  }
  const fresh = [...log.values()].reduce((sum, entries) => sum + entries.length, 0)
    - [...before.values()].reduce((sum, entries) => sum + entries.length, 0);
  assert.equal(fresh, acksOf(chats), 'each message once');
  for (const chat of chats) assert.deepEqual(chat.closes, []);
  assert.match(node.err, /tables were brought from version 1 to \d+/);
}

const rowsOf = (rows) => rows.reduce((rooms, [room, ...row]) =>
  rooms.set(room, [...rooms.get(room) ?? [], row]), new Map());

test('a SQLite file of the first version', async () => {
  const cwd = folder();
  fs.copyFileSync(path.join(OLD, 'c7e6b3e.db'), path.join(cwd, 'hubbub.db'));
  const node = await new Hubbubd(['--node', 'n1', '--login'], { cwd }).start();
  await goesOn(node, rowsOf(JSON.parse(fs.readFileSync(path.join(OLD, 'c7e6b3e.db.json'), 'utf8'))));
  await node.end();
});

test('a PostgreSQL database of the first version', async () => {
  const postgres = await new Postgres().start();
  postgres.sql(fs.readFileSync(path.join(OLD, 'c7e6b3e.postgresql.sql'), 'utf8'));
  const hex = postgres.sql(`SELECT encode(convert_to(json_agg(json_build_array(r.name, e.seq, u.name, e.content)
    ORDER BY e.room, e.seq)::text, 'UTF8'), 'hex') FROM public.entries e
    JOIN public.rooms r ON r.id = e.room JOIN public.users u ON u.id = e.sender`); // psql drops U+10FFFF
  const before = rowsOf(JSON.parse(Buffer.from(hex, 'hex').toString('utf8')));
  const node = await new Hubbubd(['--node', 'n1', '--login', '--db', postgres.uri,
    '--keys', path.join(folder(), 'keys')]).start();
  await goesOn(node, before);
  await node.end();
});
