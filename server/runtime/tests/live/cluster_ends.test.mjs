/* ci/cluster: how it ends, and that nothing is left of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { cleanup, folder, test, until } from './harness.mjs';
import { Cluster } from './front.mjs';

const ended = (code) => ({ code, signal: null });

test('around a command: the addresses, its exit code, and all that was up is gone', async () => {
  const get = 'Promise.all(process.argv.slice(1).map(async (at) => console.log(await (await fetch(`${at}/readyz`)).text())))';
  const command = ['sh', '-c', `node -e '${get}' $HUBBUB_FRONT $HUBBUB_NODES; `
    + 'redis-cli -p ${HUBBUB_REDIS#*:} ping; psql -XAtc "SELECT 6 * 7" "$HUBBUB_DB"; ls "$HUBBUB_LOGS"; kill -0 $HUBBUB_PIDS && exit 7'];
  const cluster = await (await new Cluster().begin([], { command })).up();
  assert.deepEqual(await cluster.end(), ended(7), cluster.err);
  assert.equal(cluster.out.match(/^ready/mg).length, 4, cluster.out);
  assert.match(cluster.out, /^PONG$/m);
  assert.match(cluster.out, /^42$/m);
  assert.match(cluster.out, /^WS-3\.log$/m);
  assert.deepEqual(await cluster.rest(), []);
});

test('a part that goes is named, with its last lines; the command is ended', async () => {
  const command = ['sh', '-c', 'echo begun; while :; do sleep 0.1; done'];
  const cluster = await (await new Cluster().begin([], { command })).up();
  await until('the command runs', () => /^begun$/m.test(cluster.out));
  const there = await cluster.rest(); // the eyes of all these tests are open
  for (const part of [/^hubbub-cluster-/, /postgres -D/, /redis-server/, /nginx/, /--node WS-2/, /sleep|trap/]) {
    assert(there.some((one) => part.test(one)), `${part} in ${there.join('\n')}`);
  }
  assert.equal(there.filter((one) => /^port/.test(one)).length, 4, there.join('\n'));
  process.kill(Number(/process (\d+): \S*nginx /.exec(there.join('\n'))[1]), 'SIGKILL');
  assert.deepEqual(await cluster.end(), ended(3));
  assert.match(cluster.err, /nginx ended \(-9\)/);
  assert.deepEqual(await cluster.rest(), []);
});

test('told to end while it begins, at several moments', async () => {
  for (const log of ['initdb.log', 'postgresql.log', 'WS-1.log', 'nginx.log']) {
    const cluster = await new Cluster().begin();
    await until(log, () => fs.readdirSync(cluster.tmp).some((name) => fs.existsSync(path.join(cluster.tmp, name, log))));
    assert.deepEqual(await cluster.end('SIGTERM'), ended(0), `${log}: ${cluster.err}`);
    assert.deepEqual(await cluster.rest(), [], log);
  }
});

test('killed: the parts go too, the folder stays', async () => {
  const cluster = await (await new Cluster().begin()).up();
  assert.equal((await cluster.end('SIGKILL')).signal, 'SIGKILL');
  await until('its parts are gone', async () => (await cluster.rest()).length === 1);
  assert.match((await cluster.rest())[0], /^hubbub-cluster-/);
});

test('what cannot begin is said', async () => {
  const program = path.join(folder(), 'hubbubd');
  fs.writeFileSync(program, '#!/bin/sh\necho "the dog ate it" >&2\nexit 4\n', { mode: 0o755 });
  const broken = await new Cluster().begin([], { program });
  assert.deepEqual(await broken.end(), ended(3));
  assert.match(broken.err, /^ci\/cluster: WS-1 ended \(4\); its last lines:\nthe dog ate it$/m);
  assert.deepEqual(await broken.rest(), []);

  const taken = await new Cluster().begin();
  await taken.end('SIGKILL'); // for its ports
  fs.rmSync(taken.tmp, { recursive: true });
  const other = net.createServer().listen(taken.ports[1] + 2, '127.0.0.1');
  cleanup(() => other.close());
  const late = await new Cluster().begin([], { ports: taken.ports });
  assert.deepEqual(await late.end(), ended(3));
  assert.match(late.err, new RegExp(`^ci/cluster: port ${taken.ports[1] + 2} is taken; end what listens there, or give`));
  assert.deepEqual(await late.rest(), [`port ${taken.ports[1] + 2}`]);

  const twice = await new Cluster().begin([], { ports: [taken.ports[1] + 1, taken.ports[1]] });
  assert.deepEqual(await twice.end(), ended(2));
  assert.match(twice.err, /is asked for twice/);
});

test('for a time; a command that does not want to end is killed', async () => {
  const alone = await (await new Cluster().begin(['--for', '1'])).up();
  assert.deepEqual(await alone.end(), ended(0), alone.err);
  assert.deepEqual(await alone.rest(), []);
  const command = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'];
  const stubborn = await (await new Cluster().begin(['--for', '1'], { command })).up();
  assert.deepEqual(await stubborn.end(), ended(137), stubborn.err);
  assert.deepEqual(await stubborn.rest(), []);
});
