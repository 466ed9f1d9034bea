/* ci/cluster as a process of a test: its addresses, and what there is of it when it is over. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hubbubd, cleanup, folder, freePort, run, servers, until } from './harness.mjs';

const SCRIPT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../../ci/cluster');

/* A node of the cluster, or what stands in front, and the user whom a connection names in the address. */
export class Address extends Hubbubd {
  constructor(url, user) {
    super();
    this.port = Number(new URL(url).port);
    this.user = user;
  }

  get ws() { return `ws://127.0.0.1:${this.port}/ws${this.user ? `?user=${encodeURIComponent(this.user)}` : ''}`; }
}

/* What a node of the cluster writes; kept open, so that it can be read when the cluster has taken its folder away. */
class Log {
  constructor(name, file) {
    this.name = name;
    this.fd = fs.openSync(file);
    cleanup(() => fs.closeSync(this.fd));
  }

  get err() {
    const bytes = Buffer.alloc(fs.fstatSync(this.fd).size);
    return bytes.toString('utf8', 0, fs.readSync(this.fd, bytes, 0, bytes.length, 0));
  }
}

export class Cluster {
  /* Begins; whatever it makes, it makes in a folder of its own. `ports`: of the front, and of WS-1. */
  async begin(flags = [], { command = [], program = process.env.HUBBUBD, ports } = {}) {
    this.tmp = folder();
    this.ports = ports ?? [await freePort(), await freePort(3)];
    this.out = this.err = '';
    this.child = run(SCRIPT, ['--front', this.ports[0], '--nodes', this.ports[1], '--program', program, ...flags,
      ...(command.length > 0 ? ['--', ...command] : [])], { env: { ...process.env, TMPDIR: this.tmp } });
    this.child.stdout.setEncoding('utf8').on('data', (text) => { this.out += text; });
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.err += text; });
    this.child.ended.then((how) => { this.how = how; });
    cleanup(async () => {
      this.child.kill('SIGTERM');
      await this.child.ended;
    });
    return this;
  }

  /* Waits for what it prints when all is up. */
  async up() {
    await until(() => `the cluster is up: ${this.err}`, () => this.how || /^end .*\n/m.test(this.out), 60000);
    assert.equal(this.how, undefined, this.err);
    this.front = /^front +(\S+)/m.exec(this.out)[1];
    this.nodes = [...this.out.matchAll(/^(WS-\d) +(\S+) +pid (\d+)/mg)]
      .map(([, name, url, pid]) => ({ name, url, pid: Number(pid), at: new Address(url) }));
    const logs = /^logs +(\S+)/m.exec(this.out)[1];
    for (const { name } of this.nodes) servers.push(new Log(name, path.join(logs, `${name}.log`)));
    return this;
  }

  /* How it ended: {code, signal}. */
  async end(signal) {
    if (signal) this.child.kill(signal);
    await until(() => `the cluster ends: ${this.out}${this.err}`, () => this.how, 40000);
    return this.how;
  }

  /* How many connections each node holds; null of one that does not answer. */
  connections() {
    return Promise.all(this.nodes.map(async ({ at }) => {
      try { return (await at.metrics()).hubbub_connections; } catch { return null; }
    }));
  }

  /* Files, processes (by their folder, arguments or environment) and listening ports of it. */
  async rest() {
    const found = fs.readdirSync(this.tmp);
    const text = (read) => { try { return String(read()); } catch { return ''; } }; // it ended meanwhile
    for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const args = text(() => fs.readFileSync(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ');
      const marks = [args, text(() => fs.readlinkSync(`/proc/${pid}/cwd`)), text(() => fs.readFileSync(`/proc/${pid}/environ`))];
      if (marks.some((mark) => mark.includes(`${this.tmp}/`) || mark.includes(`TMPDIR=${this.tmp}\0`))) {
        found.push(`process ${pid}: ${args}`);
      }
    }
    for (const port of [this.ports[0], ...[0, 1, 2].map((i) => this.ports[1] + i)]) {
      const listens = await new Promise((done) => {
        const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); done(true); }).on('error', () => done(false));
      });
      if (listens) found.push(`port ${port}`);
    }
    return found;
  }
}
