/* ci/cluster, the small cluster behind nginx: one of its nodes is killed under load, and comes back. */
import assert from 'node:assert/strict';
import { meet, people, settled, verify } from './chat.mjs';
import { cleanup, test, until } from './harness.mjs';
import { Address, Cluster } from './front.mjs';

const [PEOPLE, PEOPLE_MOST, AT_EACH] = [12, 60, 2]; // nginx spreads them by a hash of names and ports
const ROOMS = ['lobby', 'build'];
const RESTART_S = 20; // behind GHOST_MS: nobody is saved by the node's return
/* PROTOCOL.md, "Who is there": lease, sweep, grace and sweep, and what a busy machine adds to L, D, R and A. */
const [GHOST_MS, BUSY_MS] = [6000 + 2000 + 5000 + 2000, 3000];

/* Connects through the front by `hint`, and says at which node that came to be. */
async function enter(cluster, name, hint = name) {
  const before = await cluster.connections();
  const [chat] = await people([name], [new Address(cluster.front, hint)]);
  const after = await cluster.connections();
  const grown = after.flatMap((count, i) => (count === before[i] + 1 ? [i] : []));
  assert.equal(grown.length, 1, `${before} and ${after}`);
  return Object.assign(chat, { home: grown[0] });
}

/* The address at which `user` belongs, as each node says it that serves. */
async function routes(cluster, { token, user }) {
  const answers = await Promise.all(cluster.nodes.map(({ at }) =>
    at.get(`/api/route?user=${user}`, { token }).catch(() => ({ status: 0 }))));
  return answers.filter(({ status }) => status === 200).map(({ json }) => json.url);
}

test('a node of three is killed under load: its people move, who lives is never shown offline, nothing is lost', async () => {
  const cluster = await (await new Cluster().begin(['--restart', RESTART_S])).up();
  const chats = [];
  const at = (home) => chats.filter((chat) => chat.home === home);
  while (chats.length < PEOPLE || [0, 1, 2].some((home) => at(home).length < AT_EACH)) {
    assert(chats.length < PEOPLE_MOST, `of ${chats.length} people: ${[0, 1, 2].map((home) => at(home).length)}`);
    chats.push(await enter(cluster, `person-${chats.length}`));
  }
  await meet(chats, ROOMS);

  // A hint is where a connection goes, and nothing else: whoever borrows one's name is not taken for them.
  const [ghost] = at(1);
  const guest = await enter(cluster, 'guest', ghost.user);
  assert.equal(guest.home, 1, 'by the name in the address');
  assert.equal(guest.welcomes[0].userId, 'guest');
  await Promise.all(ROOMS.map((room) => guest.join(room)));
  chats.push(guest);
  const everybody = chats.map(({ user }) => user);
  const sees = (chat, user) => chat.people.get(user)?.status;
  await until('all see all', () => chats.every((chat) => everybody.every((user) => sees(chat, user) === 'online')));

  const urls = cluster.nodes.map(({ url }) => url.replace(/\/$/, ''));
  for (const chat of chats) {
    let said = [];
    await until(() => `all nodes say where ${chat.user} belongs: ${said}`, async () => {
      said = await routes(cluster, chat);
      return said.length === 3 && urls.includes(said[0]) && new Set(said).size === 1;
    });
  }

  // Everybody writes, from before the node's death until behind its return.
  let writing = true;
  cleanup(() => { writing = false; });
  const acks = [];
  const load = (async () => {
    for (let i = 0; writing; i++) {
      for (const [c, chat] of chats.entries()) {
        if (chat !== ghost) acks.push(chat.say(ROOMS[(c + i) % ROOMS.length], `message ${i} of ${c}`));
      }
      await new Promise((done) => setTimeout(done, 100));
    }
  })();
  await new Promise((done) => setTimeout(done, 1000));

  // Of the people at WS-2 one does not come back.
  const moving = at(1).filter((chat) => chat !== ghost);
  const staying = [...at(0), ...at(2)];
  const living = chats.filter((chat) => chat !== ghost);
  const killed = performance.now();
  ghost.end();
  process.kill(cluster.nodes[1].pid, 'SIGKILL');
  await until('its people are away', () => moving.every((chat) => chat.closes.length > 0));
  await until('its people have moved', () => moving.every((chat) => chat.online));
  const spread = await cluster.connections();
  assert.deepEqual([spread[0] + spread[2], spread[1]], [living.length, null], `connections: ${spread}`);
  assert(staying.every((chat) => chat.closes.length === 0), 'nobody else had to move');

  await until('who died with it is shown so', () => living.every((chat) => sees(chat, ghost.user) === 'offline'),
    GHOST_MS + BUSY_MS);
  assert.equal((await cluster.connections())[1], null, 'without the help of its return');
  await until('nobody belongs there', async () =>
    (await Promise.all(chats.map((chat) => routes(cluster, chat)))).flat().every((url) => url !== urls[1]));
  // Until whoever were to be taken for dead with it would be, also by the node that looks last.
  await new Promise((done) => setTimeout(done, killed + GHOST_MS + BUSY_MS - performance.now()));

  await until('WS-2 is back', () => /^WS-2 again, pid \d+$/m.test(cluster.out), RESTART_S * 1000);
  await until('it serves', async () => (await cluster.nodes[1].at.get('/readyz').catch(() => ({}))).status === 200);
  for (const chat of moving) chat.cut();
  let back = [];
  await until(() => `WS-2 holds ${moving.length} again: ${back}`, async () => {
    back = await cluster.connections();
    return back[1] === moving.length;
  });
  await until('some belong there', async () =>
    (await Promise.all(chats.map((chat) => routes(cluster, chat)))).flat().includes(urls[1]));

  writing = false;
  await load;
  await Promise.all(acks);
  await settled(living);
  const whole = await new Address(cluster.front).log(chats[0].token);
  const count = verify(living, whole);
  assert.equal(count, acks.length, 'what was written and acked is there, once');
  for (const chat of living) {
    assert.deepEqual(chat.left.map(({ userId }) => userId), [ghost.user], `whom ${chat.user} saw go`);
    for (const { user } of living) assert.equal(sees(chat, user), 'online', `${chat.user} sees ${user}`);
  }

  assert.deepEqual(cluster.out.match(/^WS-\d ended/mg), ['WS-2 ended'], cluster.out);
  for (const chat of chats) chat.end();
  assert.deepEqual(await cluster.end('SIGTERM'), { code: 0, signal: null }, cluster.err);
  assert.deepEqual(await cluster.rest(), []);
});
