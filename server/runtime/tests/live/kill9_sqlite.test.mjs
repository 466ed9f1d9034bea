/* A node alone on a SQLite file, killed with SIGKILL under load: nothing that was acked is lost,
 * nothing is shown twice, and everybody has the order of the log. */
import { people } from './chat.mjs';
import { Hubbubd, freePort, test } from './harness.mjs';
import { killAgainAndAgain } from './kill9.mjs';

test('a node on SQLite that is killed again and again loses nothing that it acked', async () => {
  const node = await new Hubbubd(['--node', 'n1', '--db', 'chat.db'], { port: await freePort() }).start();
  const chats = await people(['ada', 'bob', 'cy', 'dee', 'eve', 'flo'], [node]);
  await killAgainAndAgain([node], chats, chats);
  await node.end();
});
