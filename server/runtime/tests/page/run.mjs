/* The story of page.mjs against the real server: HUBBUBD=path node run.mjs [SHOTS_FOLDER] */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'hubbub-page-'));
const server = spawn(process.env.HUBBUBD, ['--listen', '127.0.0.1:0'],
  { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
let log = '';
let story = null;
const end = () => {
  story?.kill('SIGKILL');
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => { end(); process.exit(1); });
}

server.stderr.on('data', (bytes) => { log += bytes; });
server.on('exit', (code) => {
  if (code !== 0) {
    console.error(`the server ended with ${code}:\n${log}`);
    end();
    process.exit(1);
  }
});

const address = await new Promise((resolve) => {
  let out = '';
  server.stdout.on('data', (bytes) => {
    out += bytes;
    const found = /open (http:\S+)/.exec(out);
    if (found) {
      resolve(found[1]);
    }
  });
});
story = spawn(process.execPath,
  [join(dirname(fileURLToPath(import.meta.url)), 'page.mjs'), address, ...process.argv.slice(2)],
  { stdio: 'inherit' });
const code = await new Promise((resolve) => { story.on('exit', resolve); });
story = null;
if (code !== 0) {
  console.error(`what the server said:\n${log}`);
}

/* It ends as it is asked to, with the browser's connections gone or not. */
const ended = new Promise((resolve) => { server.on('exit', resolve); });
server.kill('SIGTERM');
const status = await ended;
end();
process.exit(code === 0 && status === 0 ? 0 : 1);
