/* Somebody who can write to Redis, and read all that travels there, writes to members of a room: nobody is shown a word of
 * it, and it is counted and told. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { meet, people, settled, verify } from './chat.mjs';
import { cluster, run, test, until } from './harness.mjs';

const NOTE = {
  forged: 'hubbub_notes_total{note="from Redis, and not from a node: dropped"}',
  foreign: 'hubbub_notes_total{note="from Redis, sealed with a key that is not held here: dropped"}',
  replayed: 'hubbub_notes_total{note="from Redis, said before: dropped"}',
};

test('what a stranger publishes, alters or says again', async () => {
  const { redis, nodes } = await cluster();
  const say = (...words) => execFileSync('redis-cli', ['-p', String(redis.port), ...words], { encoding: 'utf8' }).trim();
  const counted = async (note) => (await Promise.all(nodes.map((node) => node.metrics())))
    .reduce((sum, metrics) => sum + metrics[NOTE[note]], 0);

  // Given: all that travels is written down.
  const heard = [];
  const tap = run('redis-cli', ['-p', String(redis.port), '--csv', 'PSUBSCRIBE', '*']);
  tap.stdout.setEncoding('utf8').on('data', (text) => heard.push(...text.split('\n').filter(Boolean)));
  const chats = await people(['ada', 'bob'], nodes);
  await meet(chats, ['tea']);
  await chats[0].say('tea', 'my own words');
  chats[0].conn.ws.send(JSON.stringify({ type: 'typing_start', roomId: 'tea' }));
  await settled(chats);
  await until('what travels is heard', () => heard.some((line) => line.includes('typing_start')));
  const published = heard.filter((line) => line.startsWith('"pmessage"')).map((line) => JSON.parse(`[${line}]`).slice(2));
  const [room, entry] = published.find(([, payload]) => payload.includes('my own words'));
  const { seq } = chats[0].room('tea').shown.at(-1);
  const frames = chats.map(() => []);
  chats.forEach((chat, i) => chat.conn.ws.on('message', (bytes) => frames[i].push(JSON.parse(bytes))));

  // When: a message is forged in five ways, others' words are changed, old ones are said again.
  const forged = entry.replace('my own words', 'not my words').replaceAll(`"seq":${seq}`, `"seq":${seq + 1}`)
    .replace(` ${seq} `, ` ${seq + 1} `);
  const before = await counted('forged');
  for (const payload of [forged, forged.slice(20), `00${forged.slice(2)}`, `${forged.slice(0, 3)}0000000000000000${forged.slice(19)}`, '']) {
    assert.equal(say('PUBLISH', room, payload), '3', 'both nodes, and who listens');
  }
  await until('both nodes counted all of them', async () => await counted('forged') === before + 2 * 4
    && await counted('foreign') === 2);
  const again = published.filter(([, payload]) => /typing_start|presence_update| rooms$/.test(payload));
  assert(again.length >= 3, 'some of each were heard');
  for (const [channel, payload] of again) say('PUBLISH', channel, payload);
  await until('what was said before is known', async () => await counted('replayed') >= again.length);
  const detail = say('KEYS', '*:presence:detail:bob');
  say('HSET', detail, 'customStatus', 'not my words', 'status', 'busy', 'm:999', 'busy 0 not my words',
    'c:n9.1-1.1', 'online mobile 1 9999999999999');

  // Then: nobody is shown anything of it, and what people write goes on.
  await chats[1].say('tea', 'and mine');
  await settled(chats);
  verify(chats, await nodes[0].log(chats[0].token));
  const shown = frames.flat().filter(({ type }) => type !== 'pong');
  assert.deepEqual([...new Set(shown.map(({ type }) => type))].filter((type) => !['message', 'ack'].includes(type)), []);
  assert(!JSON.stringify(frames).includes('not my words'));
  assert(nodes.every((node) => /warn from Redis, and not from a node: dropped/.test(node.err)), 'the log says so');
  assert(nodes.every((node) => node.err.match(/not from a node: dropped/g).length < 3), 'once a minute');
  tap.kill();
  await Promise.all(nodes.map((node) => node.end()));
});
