/* Who is there, on the page: two people in two browsers at two nodes, one of whom is killed; what Redis holds
 * of it. SHOTS=FOLDER keeps screenshots. */
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import assert from 'node:assert/strict';

import { Browser } from '../page/browser.mjs';
import { cleanup, cluster, test, until } from './harness.mjs';

const shots = process.env.SHOTS;
const IDLE = '?idle=2500,1500,100'; // away after 2.5 s, a warning 1.5 s before

async function shoot(name, tab) {
  if (shots) {
    await mkdir(shots, { recursive: true });
    await tab.screenshot(path.join(shots, `presence-${name}.png`));
  }
}

async function person(name, node, query = '') {
  const browser = await Browser.launch();
  cleanup(() => browser.close());
  const tab = await browser.open(`http://127.0.0.1:${node.port}/${query}`, { width: 1280, height: 800 });
  await tab.until('the sign-in', () => document.documentElement.dataset.view === 'signin');
  await tab.type('#name', name);
  await tab.press('Enter');
  await tab.until('being online', () => document.documentElement.dataset.connection === 'online');
  return { browser, tab };
}

async function enter(tab, room) {
  await tab.type('#room-input', room);
  await tab.press('Enter');
  await tab.until(`the own joining of ${room}`, (id) => document.querySelector('#room-title').textContent === id &&
    document.querySelector('#log [data-kind=event]'), room);
}

/* What stands in the list of people beside this name. */
const shows = (tab, name, status, words = '') => tab.until(`${name} as ${status} “${words}”`, (id, how, part) => {
  const row = document.querySelector(`[data-person="${id}"]`);
  return row?.dataset.status === how && row.querySelector('.dot').dataset.status === how &&
    row.querySelector('.who span').textContent.includes(part);
}, name, status, words);

const inSight = (tab, css, wanted) => tab.until(`${css} ${wanted ? 'in sight' : 'gone'}`,
  (selector, shown) => document.querySelector(selector).checkVisibility() === shown, css, wanted);

async function choose(tab, { status, text, quiet }) {
  await tab.click('#me-button');
  if (status) {
    await tab.click(`#status [value=${status}]`);
  }
  if (text !== undefined) {
    await tab.evaluate(() => { document.querySelector('#status-text').value = ''; });
    await tab.type('#status-text', text);
  }
  if (quiet) {
    await tab.evaluate((value) => { document.querySelector('#status-quiet').value = value; }, quiet);
  }
  await shoot('menu', tab);
  await tab.click('#status-save');
}

test('two people see who is there, and that one was killed', async () => {
  const { redis, nodes } = await cluster();
  const said = (...words) => execFileSync('redis-cli', ['-p', String(redis.port), ...words], { encoding: 'utf8' }).trim();
  const key = (name) => until(`${name} is there`, () => said('KEYS', `*:${name}`)); // behind the identity
  const ada = await person('ada', nodes[0]);
  await enter(ada.tab, 'tea');
  await shows(ada.tab, 'ada', 'online', 'Online');
  const bob = await person('bob', nodes[1]);
  await enter(bob.tab, 'tea');
  await shows(ada.tab, 'bob', 'online', 'Online');
  await shows(bob.tab, 'ada', 'online');
  await ada.tab.until('bob beside the room of two', () =>
    document.querySelector('[data-room=tea] .dot').dataset.status === 'online' &&
    document.querySelector('#room-with').textContent === 'bob: Online' &&
    document.querySelector('[data-room=tea] button').getAttribute('aria-label').startsWith('tea, bob Online'));
  assert.equal(said('HGET', await key('presence:detail:bob'), 'status'), 'online');
  assert.equal(said('HGET', await key('presence:detail:bob'), 'server'), 'n2');

  const nasty = '<img src=x onerror=alert(1)> & more';
  await choose(bob.tab, { status: 'busy', text: nasty, quiet: '60' });
  await shows(ada.tab, 'bob', 'busy', nasty);
  await shows(ada.tab, 'bob', 'busy', 'Do not disturb until');
  await shoot('busy', ada.tab);
  assert.equal(await ada.tab.evaluate(() => document.querySelectorAll('#people img, #room-with img').length), 0);
  assert.equal(said('HGET', await key('presence:detail:bob'), 'customStatus'), nasty);
  await bob.tab.reload(); // what was chosen lasts
  await shows(bob.tab, 'bob', 'busy', nasty);
  await choose(bob.tab, { text: 'x'.repeat(129) });
  await bob.tab.until('the problem', () => document.querySelector('#status-problem').textContent !== '');
  await bob.tab.evaluate(() => document.querySelector('#status').close());
  await choose(bob.tab, { status: 'offline', text: '', quiet: 'none' });
  await shows(ada.tab, 'bob', 'offline', 'Offline, last seen');
  await choose(bob.tab, { status: 'auto' });
  await shows(ada.tab, 'bob', 'online', 'Online');

  bob.browser.child.kill('SIGKILL'); // and all of its connections
  await shows(ada.tab, 'bob', 'offline', 'Offline, last seen just now');
  await ada.tab.until('one here', () => document.querySelector('#people-title').textContent === '1 here');
  await shoot('killed', ada.tab);
  assert.equal(said('HGET', await key('presence:detail:bob'), 'connected'), 'false');
  assert.deepEqual(ada.tab.problems, []);
});

test('who rests is warned, and shown as away', async () => {
  const { nodes } = await cluster();
  const ada = await person('ada', nodes[0]);
  await enter(ada.tab, 'tea');
  const bob = await person('bob', nodes[1], IDLE);
  await enter(bob.tab, 'tea');
  await inSight(bob.tab, '#idle-warning', true);
  assert.match(await bob.tab.evaluate(() => document.querySelector('#idle-warning').textContent), /away in 2 s/);
  await shoot('warning', bob.tab);
  await bob.tab.press('Tab'); // activity: the warning is withdrawn
  await inSight(bob.tab, '#idle-warning', false);
  await shows(ada.tab, 'bob', 'online');
  await shows(ada.tab, 'bob', 'away', 'Away');
  await inSight(bob.tab, '#idle-warning', false);
  await ada.tab.evaluate(() => {
    const row = document.querySelector('[data-person=bob]');
    window.bobWas = [row.dataset.status];
    new MutationObserver(() => window.bobWas.push(row.dataset.status))
      .observe(row, { attributes: true, attributeFilter: ['data-status'] });
  });
  await bob.tab.evaluate(() => document.dispatchEvent(new KeyboardEvent('keydown'))); // of no person
  await shows(ada.tab, 'bob', 'away');
  for (let i = 1; i <= 40; i++) { // what comes moves his log, but he did nothing
    await ada.tab.type('#text', `line ${i}`);
    await ada.tab.press('Enter');
  }
  await bob.tab.until('the last line', () => [...document.querySelectorAll('#log .text')].at(-1)?.textContent === 'line 40' &&
    document.querySelector('#scroller').scrollTop > 0);
  await shows(ada.tab, 'bob', 'away');
  await shoot('away', ada.tab);
  assert.equal(await ada.tab.evaluate(() => window.bobWas.join()), 'away');
  await bob.tab.reload(); // a page that is loaded is one that somebody looks at
  await shows(ada.tab, 'bob', 'online');
  await shows(ada.tab, 'bob', 'away');
  await bob.tab.click('#room-title');
  await shows(ada.tab, 'bob', 'online');
  assert.deepEqual([...ada.tab.problems, ...bob.tab.problems], []);
});
