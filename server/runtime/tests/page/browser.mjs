/* Drives a headless Chromium over its DevTools protocol, with nothing but the `ws` package
 * (Debian's node-ws, or NODE_PATH where another one is).
 *
 *   const browser = await Browser.launch();
 *   const tab = await browser.open(url, { width: 1280, height: 800 });  // a person of its own
 *   await tab.until('the title', () => document.title !== '');
 *   await browser.close();
 *
 * Nothing waits for a time: until() asks again and again, and fails with its words at a deadline. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WebSocket = createRequire(import.meta.url)(process.env.NODE_PATH ? 'ws' : '/usr/share/nodejs/ws');
const DEADLINE_MS = 20000; // a machine under load; nothing waits for as long when all is well
const POLL_MS = 25;
const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-port=0'];
const KEYS = { Enter: 13, Escape: 27, Tab: 9, End: 35, Home: 36, ArrowUp: 38, ArrowDown: 40 };

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/* The protocol's connection: commands with answers, events to whoever listens. */
class Wire {
  #ws;
  #last = 0;
  #waiting = new Map();
  #listeners = new Set();

  static connect(url) {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(url, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
      ws.once('error', reject);
      ws.once('open', () => resolve(new Wire(ws)));
    });
  }

  constructor(ws) {
    this.#ws = ws;
    ws.on('message', (data) => this.#message(JSON.parse(data)));
    ws.on('close', () => {
      this.#waiting.forEach(({ reject }) => reject(new Error('the browser is gone')));
      this.#waiting.clear();
    });
  }

  #message(message) {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) {
      this.#listeners.forEach((listen) => listen(message));
      return;
    }
    this.#waiting.delete(message.id);
    if (message.error) {
      waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
    } else {
      waiting.resolve(message.result);
    }
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { method, resolve, reject });
      this.#ws.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  listen(run) {
    this.#listeners.add(run);
  }
}

export class Tab {
  problems = []; // what the page complained about: exceptions, refused resources, errors logged

  constructor(wire, sessionId, targetId, contextId) {
    Object.assign(this, { wire, sessionId, targetId, contextId });
    wire.listen((event) => event.sessionId === sessionId && this.#event(event));
  }

  send(method, params) {
    return this.wire.send(method, params, this.sessionId);
  }

  #event({ method, params }) {
    if (method === 'Runtime.exceptionThrown') {
      const { exception, text } = params.exceptionDetails;
      this.problems.push(exception?.description ?? text);
    } else if (method === 'Log.entryAdded' && params.entry.level === 'error') {
      this.problems.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    } else if (method === 'Page.javascriptDialogOpening') {
      this.send('Page.handleJavaScriptDialog', { accept: true }).catch(() => {});
    }
  }

  /* `early` runs in each page before anything of its own. */
  async begin({ width = 1280, height = 800, dark = false, still = true, early } = {}) {
    await Promise.all(['Page', 'Runtime', 'Log', 'Network'].map((name) => this.send(`${name}.enable`)));
    await this.viewport(width, height);
    await this.scheme(dark, still);
    if (early) {
      await this.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${early})()` });
    }
    // A tab that is not in front would be treated as hidden.
    await this.send('Emulation.setFocusEmulationEnabled', { enabled: true });
  }

  viewport(width, height) {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height,
      deviceScaleFactor: width < 720 ? 2 : 1, mobile: width < 720 });
  }

  scheme(dark, still = true) {
    return this.send('Emulation.setEmulatedMedia', { features: [
      { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' },
      { name: 'prefers-reduced-motion', value: still ? 'reduce' : 'no-preference' }] });
  }

  /* Calls `run` in the page; it sees nothing of here but its arguments, which travel as JSON. */
  async evaluate(run, ...args) {
    const expression = `(${run})(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
    const { result, exceptionDetails } = await this.send('Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /* Waits until `run` gives something true in the page, and gives it. */
  async until(what, run, ...args) {
    const end = Date.now() + DEADLINE_MS;
    let last;
    while (Date.now() < end) {
      try {
        last = await this.evaluate(run, ...args);
        if (last) {
          return last;
        }
      } catch (error) { // while the page is being loaded
        last = error.message;
      }
      await pause(POLL_MS);
    }
    throw new Error(`never came: ${what} (last: ${JSON.stringify(last)})`);
  }

  /* Waits for the element to be in sight and to rest there, and gives the middle of it. */
  where(selector) {
    return this.until(`${selector} in sight`, async (css) => {
      const middle = () => {
        const { x, y, width, height } = document.querySelector(css).getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      };
      const node = document.querySelector(css);
      if (!node || node.disabled || !node.checkVisibility({ visibilityProperty: true })) {
        return null;
      }
      node.scrollIntoView({ block: 'nearest' });
      const before = middle();
      await new Promise((resolve) => { setTimeout(resolve, 50); }); // three frames
      const at = middle();
      return at.x === before.x && at.y === before.y && node.contains(document.elementFromPoint(at.x, at.y)) && at;
    }, selector);
  }

  async click(selector) {
    const at = await this.where(selector);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.send('Input.dispatchMouseEvent', { type, ...at, button: 'left', clickCount: 1 });
    }
  }

  async type(selector, text) {
    await this.click(selector);
    await this.send('Input.insertText', { text });
  }

  async press(key, { shift = false } = {}) {
    const event = { key, code: key, windowsVirtualKeyCode: KEYS[key], modifiers: shift ? 8 : 0,
      text: key === 'Enter' ? '\r' : undefined };
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event, text: undefined });
  }

  offline(offline) {
    return this.send('Network.emulateNetworkConditions',
      { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  }

  close() {
    this.closed = true;
    return this.wire.send('Target.closeTarget', { targetId: this.targetId });
  }

  /* The command returns while the old page still stands, so the old one is marked. */
  async reload() {
    await this.evaluate(() => { window.isOfBefore = true; });
    await this.send('Page.reload');
    await this.until('the page again', () => !window.isOfBefore && document.readyState === 'complete');
  }

  async screenshot(path) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    await writeFile(path, Buffer.from(data, 'base64'));
  }
}

export class Browser {
  static async launch(program = process.env.CHROMIUM ?? '/usr/bin/chromium') {
    const browser = new Browser();
    browser.folder = await mkdtemp(join(tmpdir(), 'hubbub-browser-'));
    browser.child = spawn(program, [...FLAGS, `--user-data-dir=${browser.folder}`, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    try {
      browser.wire = await Wire.connect(await browser.#address());
    } catch (error) {
      await browser.close();
      throw error;
    }
    return browser;
  }

  /* The address of the DevTools, which the browser says on its standard error. */
  #address() {
    return new Promise((resolve, reject) => {
      let said = '';
      const late = setTimeout(() => reject(new Error(`the browser does not start:\n${said}`)), DEADLINE_MS);
      const settle = (run, value) => {
        clearTimeout(late);
        run(value);
      };
      this.child.once('error', (error) => settle(reject, error));
      this.child.once('exit', (code) => settle(reject, new Error(`the browser ended with ${code}:\n${said}`)));
      this.child.stderr.on('data', (part) => {
        said += said.length < 20000 ? part : ''; // the rest is only read, so that it does not block
        const found = /DevTools listening on (ws:\S+)/.exec(said);
        if (found) {
          settle(resolve, found[1]);
        }
      });
    });
  }

  /* A tab in a context of its own, as another browser would be; or in the context of another tab. */
  async open(url, { context, ...looks } = {}) {
    const contextId = context ??
      (await this.wire.send('Target.createBrowserContext')).browserContextId;
    const { targetId } = await this.wire.send('Target.createTarget',
      { url: 'about:blank', browserContextId: contextId, newWindow: true });
    const { sessionId } = await this.wire.send('Target.attachToTarget', { targetId, flatten: true });
    const tab = new Tab(this.wire, sessionId, targetId, contextId);
    await tab.begin(looks);
    await tab.send('Page.navigate', { url });
    return tab;
  }

  /* With all tabs in it, and what it kept. */
  closeContext({ contextId }) {
    return this.wire.send('Target.disposeBrowserContext', { browserContextId: contextId });
  }

  /* The tasks of a page's main thread while `run` runs: {ms, cpuMs}, by the clock and by what they had of a
   * processor. Meanwhile the page calls performance.mark(mark), so that it is known from the browser's own. */
  async tasks(mark, run) {
    const events = [];
    const ends = new Promise((resolve) => {
      this.wire.listen(({ method, params }) => {
        if (method === 'Tracing.dataCollected') {
          events.push(...params.value);
        } else if (method === 'Tracing.tracingComplete') {
          resolve();
        }
      });
    });
    await this.wire.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel', 'blink.user_timing'] } });
    await run();
    await this.wire.send('Tracing.end');
    await ends;
    const threadOf = ({ pid, tid }) => `${pid} ${tid}`;
    const main = new Set(events.filter(({ name }) => name === mark).map(threadOf));
    return events.filter((event) => event.name === 'ThreadControllerImpl::RunTask' && main.has(threadOf(event)))
      .map(({ dur, tdur }) => ({ ms: dur / 1000, cpuMs: tdur / 1000 }));
  }

  async close() {
    if (this.child.exitCode === null && this.child.pid) {
      const gone = new Promise((resolve) => { this.child.once('exit', resolve); });
      await Promise.race([this.wire?.send('Browser.close').catch(() => {}), pause(2000)]);
      await Promise.race([gone, pause(2000)]);
      try {
        process.kill(-this.child.pid, 'SIGKILL'); // its group: the processes of the tabs, too
      } catch {
        // All of them ended by themselves.
      }
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
