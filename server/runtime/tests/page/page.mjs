/* The story of two people on the page, in a real browser against whatever serves it.
 *
 *   node page.mjs URL [FOLDER FOR SCREENSHOTS]
 *
 * Needs a server that lets people in by name. Ends with 0, or with 1 and the step that failed; then a
 * screenshot of every tab tells what stood there. Rooms have a name of their own in each run, so the
 * server may have a past. CHROMIUM names another browser. */

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Browser } from './browser.mjs';

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };
const ROOM = `tea-${Date.now().toString(36)}`;
const OTHER_ROOM = `quiet-${Date.now().toString(36)}`;
const MANY = 70; // more than a page of history
const AWAY = 450; // more than is shown at once to who was away

const [url, folder = ''] = process.argv.slice(2);
const tabs = new Map();
let step = 'the browser starts';

function begin(what) {
  step = what;
  console.log(`- ${what}`);
}

async function shoot(name, tab) {
  if (folder) {
    await tab.screenshot(join(folder, `${name}.png`));
  }
}

// --- What people do ----------------------------------------------------------------------------------

async function arrive(browser, label, name, looks) {
  const tab = await browser.open(url, looks);
  tabs.set(label, tab);
  await tab.until('the sign-in', () => document.documentElement.dataset.view === 'signin');
  if (label === 'ada') {
    await shoot('signin', tab);
  }
  await tab.evaluate(() => { document.querySelector('#name').value = ''; });
  await tab.type('#name', name);
  await tab.press('Enter');
  await tab.until('being online', () => document.documentElement.dataset.connection === 'online');
  return tab;
}

async function enter(tab, room) {
  if (await tab.evaluate(() => document.querySelector('#drawer-open').checkVisibility())) {
    await tab.click('#drawer-open');
  }
  await tab.type('#room-input', room);
  await tab.press('Enter');
  await tab.until(`the own joining of ${room}`, (id) => document.querySelector('#room-title').textContent === id &&
    document.querySelector('#log [data-kind=event]'), room);
}

async function write(tab, text) {
  await tab.type('#text', text);
  await tab.press('Enter');
}

/* What stands in the log, top to bottom. */
const messagesOf = (tab) => tab.evaluate(() => [...document.querySelectorAll('#log [data-kind=message]')]
  .map((row) => ({ text: row.querySelector('.text').textContent, state: row.dataset.state })));

const textsOf = async (tab) => (await messagesOf(tab)).map(({ text }) => text);

const sees = (tab, text, state = 'acked') => tab.until(`“${text}” ${state}`, (wanted, how) =>
  [...document.querySelectorAll('#log [data-kind=message]')].some((row) =>
    row.querySelector('.text').textContent === wanted && row.dataset.state === how), text, state);

const hasBanner = (tab, shown) => tab.until(shown ? 'the banner' : 'the banner to go',
  (wanted) => document.querySelector('#banner').checkVisibility() === wanted, shown);

async function sameOrder(one, other, texts) {
  for (const text of texts) {
    await Promise.all([sees(one, text), sees(other, text)]);
  }
  const [here, there] = [await textsOf(one), await textsOf(other)];
  const common = there.filter((text) => here.includes(text));
  assert.deepEqual(here.slice(-common.length), common, 'both see the same order');
  assert.equal(new Set(here).size, here.length, `nothing stands twice: ${here.join(' | ')}`);
  assert.equal(new Set(there).size, there.length, `nothing stands twice: ${there.join(' | ')}`);
}

// --- The story ---------------------------------------------------------------------------------------

async function story(browser) {
  begin('Ada signs in at a desk and makes a room');
  const ada = await arrive(browser, 'ada', 'ada', WIDE);
  await enter(ada, ROOM);

  begin('Noor signs in on a phone and joins it');
  const noor = await arrive(browser, 'noor', 'noor', NARROW);
  await enter(noor, ROOM);

  begin('they write to each other, in two directions and in pictures');
  const first = ['Good morning! The kettle is on.', 'صباح الخير! من يريد الشاي بالنعناع؟ وصلت قبل قليل.',
    'بوقت مثالي', '🫖🍃', 'Two sugars, please <b>only</b> & thanks'];
  await write(ada, first[0]);
  await Promise.all([sees(ada, first[0]), sees(noor, first[0])]);
  await write(noor, first[1]);
  await write(noor, first[2]);
  await sees(ada, first[2]);
  await write(noor, first[3]);
  await sees(ada, first[3]);
  await write(ada, first[4]);
  await sameOrder(ada, noor, first);
  assert.deepEqual(await textsOf(ada), first);
  assert.equal(await ada.evaluate(() => document.querySelectorAll('#log b').length), 0, 'text is no markup');
  assert.deepEqual(await ada.evaluate(() => [...document.querySelectorAll('#log .text')].slice(0, 2)
    .map((node) => getComputedStyle(node).direction)), ['ltr', 'rtl']);

  begin('Shift and Enter begin a line, Enter sends both');
  await ada.type('#text', 'First the milk,');
  await ada.press('Enter', { shift: true });
  await ada.send('Input.insertText', { text: 'then the tea.' });
  await ada.press('Enter');
  const milk = 'First the milk,\nthen the tea.';
  await Promise.all([sees(ada, milk), sees(noor, milk)]);
  await shoot('wide', ada);
  await shoot('narrow', noor);
  await ada.scheme(true);
  await noor.scheme(true);
  await shoot('wide-dark', ada);
  await shoot('narrow-dark', noor);
  await ada.scheme(false);
  await noor.scheme(false);

  begin('Ada is told that it arrived and that Noor read it, and by name when she asks');
  await ada.until('“Read by 1”', (text) => [...document.querySelectorAll('#log [data-mine]')].some((row) =>
    row.querySelector('.text').textContent === text && row.querySelector('.receipt button')?.textContent === 'Read by 1' &&
    row.querySelector('.meta svg').getAttribute('aria-label') === 'Read by 1'), milk);
  await ada.click('#log [data-mine]:last-child .receipt button');
  await ada.until('the name', (name) => [...document.querySelectorAll('#log .receipt .names')].some((names) =>
    names.checkVisibility() && names.textContent === `Read by ${name}`), 'noor');

  begin('Ada is cut off, and goes on writing');
  await ada.offline(true);
  await hasBanner(ada, true);
  const kept = ['Are you there?', 'I will tell you later, then.'];
  await write(ada, kept[0]);
  await write(ada, kept[1]);
  await sees(ada, kept[0], 'waiting');
  await sees(ada, kept[1], 'waiting');
  const meanwhile = 'Ada? The line went quiet.';
  await write(noor, meanwhile);
  await sees(noor, meanwhile);
  await shoot('offline-wide', ada);
  await ada.viewport(NARROW.width, NARROW.height);
  await shoot('offline-narrow', ada);
  await ada.viewport(WIDE.width, WIDE.height);
  assert.equal((await textsOf(noor)).includes(kept[0]), false);

  begin('the line comes back: what she wrote is sent, and stands once');
  await ada.offline(false);
  await hasBanner(ada, false);
  await sameOrder(ada, noor, [meanwhile, ...kept]);

  begin('a reload brings the same log back');
  await ada.reload(); // into the same room
  await sameOrder(ada, noor, [...first, milk, meanwhile, ...kept]);
  assert.deepEqual(await textsOf(ada), await textsOf(noor));

  begin('another tab of the same browser is Ada as well, in the room of its address');
  const second = await browser.open(`${url}#${ROOM}`, { ...WIDE, context: ada.contextId });
  tabs.set('second', second);
  await sees(second, kept[1]);
  await write(second, 'The same Ada, another tab.');
  await sameOrder(ada, second, ['The same Ada, another tab.']);
  await sees(noor, 'The same Ada, another tab.');
  assert.equal(await ada.evaluate(() => [...document.querySelectorAll('#log [data-mine] .text')]
    .some((node) => node.textContent === 'The same Ada, another tab.')), true);

  begin('it can be somebody else, who signs out and leaves the first tab alone');
  await second.click('#me-button');
  await second.click('#status-other');
  await second.until('the sign-in', () => document.documentElement.dataset.view === 'signin');
  await second.reload();
  await second.until('the sign-in again', () => document.documentElement.dataset.view === 'signin');
  await second.evaluate(() => { document.querySelector('#name').value = ''; });
  await second.type('#name', 'eve');
  await second.press('Enter');
  await second.until('that Eve is in no such room', (id) => document.querySelector('#me').textContent === 'eve' &&
    document.querySelector('#empty-title').textContent === `You are not in “${id}”`, ROOM);
  await second.click('#signout');
  await second.until('the sign-in', () => document.documentElement.dataset.view === 'signin');
  await write(ada, 'Still here.');
  await sees(noor, 'Still here.');

  begin('in another room, Ada sees what is unread');
  await enter(ada, OTHER_ROOM);
  await write(noor, 'One for the list.');
  await ada.until('one unread', (id) => document.querySelector(`[data-room="${id}"] .badge`)?.textContent === '1' &&
    document.title.startsWith('(1)'), ROOM);
  await shoot('unread', ada);

  begin('older messages come when she scrolls up');
  for (let i = 1; i <= MANY; i++) {
    await write(noor, `line ${i}`);
  }
  await sees(noor, `line ${MANY}`);
  await ada.reload();
  await ada.click(`[data-room="${ROOM}"] button`);
  await sees(ada, `line ${MANY}`);
  await ada.until('the first message', (text) => {
    document.querySelector('#scroller').scrollTop = 0;
    return [...document.querySelectorAll('#log .text')].some((node) => node.textContent === text);
  }, first[0]);
  assert.deepEqual((await textsOf(ada)).slice(-MANY), (await textsOf(noor)).slice(-MANY));
  assert.equal(new Set(await textsOf(ada)).size, (await textsOf(ada)).length);

  begin('Ada writes to Noor alone, from her name, and Noor answers');
  const secret = `Just between us, ${ROOM}.`;
  await ada.evaluate(() => [...document.querySelectorAll('.sender button')].at(-1).scrollIntoView({ block: 'center' }));
  await ada.evaluate(() => [...document.querySelectorAll('.sender button')].at(-1).focus());
  await ada.press('Enter');
  await ada.until('the chat with noor', () => document.querySelector('#room-title').textContent === 'noor' &&
    location.hash === '#@noor' && !document.querySelector('#leave').checkVisibility());
  await write(ada, secret);
  await sees(ada, secret);
  const rowOf = (tab, name) => tab.until(`${name} among the rooms`, (wanted) => [...document.querySelectorAll('#room-list li')]
    .find((row) => row.querySelector('.name').textContent === wanted && row.querySelector('.badge'))?.dataset.room, name);
  const chat = await rowOf(noor, 'ada');
  await noor.click('#drawer-open');
  await noor.click(`[data-room="${chat}"] button`);
  await sees(noor, secret);
  await shoot('direct-narrow', noor);
  await write(noor, 'Of course.');
  await sameOrder(ada, noor, [secret, 'Of course.']);
  await shoot('direct-wide', ada);
  for (const tab of [ada, noor]) {
    await tab.evaluate(() => history.back());
    await tab.until('the room again', (id) => document.querySelector('#room-title').textContent === id, ROOM);
  }

  begin('Ada is away for long: the newest are there first, and then everything, once');
  await ada.offline(true);
  await hasBanner(ada, true);
  await noor.evaluate(async (room, many) => {
    const { token } = JSON.parse(localStorage.getItem('hubbub.signin.noor'));
    for (let i = 1; i <= many; i++) {
      const answer = await fetch(`api/rooms/${room}/messages`, { method: 'POST', body: JSON.stringify({ clientId: `many-${i}`, content: `away ${i}` }),
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` } });
      if (!answer.ok) {
        throw new Error(`${answer.status} ${await answer.text()} at ${i}`);
      }
    }
  }, ROOM, AWAY);
  await ada.evaluate(() => {
    window.asked = [];
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function noted(text) {
      const { type, roomId, before } = JSON.parse(text);
      window.asked.push(...type === 'sync_request' ? [roomId && (before ?? 'newest')] : []);
      send.call(this, text);
    };
  });
  await ada.offline(false);
  await sees(ada, `away ${AWAY}`);
  const asked = await ada.until('what is behind the newest page', (pages) => window.asked.length >= pages && window.asked, AWAY / 100);
  assert.equal(asked[0], 'newest');
  assert.deepEqual(asked.slice(1), asked.slice(1).map((_, i) => asked[1] - 100 * i), 'from there down, page by page');
  const seen = new Set();
  for (let turn = 0; turn < 200 && !seen.has('away 1'); turn++) {
    await ada.evaluate(() => { document.querySelector('#scroller').scrollTop -= 500; });
    (await textsOf(ada)).forEach((text) => seen.add(text));
  }
  assert.equal([...seen].filter((text) => text.startsWith('away ')).length, AWAY);
  await ada.click('#jump');

  begin('Noor leaves the room, and Ada is told');
  await noor.click('#leave');
  await noor.click('#ask-yes');
  await noor.until('the room to go', (id) => !document.querySelector(`[data-room="${id}"]`), ROOM);
  await ada.until('“noor left”', () =>
    [...document.querySelectorAll('#log [data-kind=event]')].at(-1)?.textContent === 'noor left');
  await shoot('empty-narrow', noor);

  begin('Ada signs out, in all tabs of this browser');
  const third = await browser.open(url, { ...WIDE, context: ada.contextId });
  tabs.set('third', third);
  await third.until('being online', () => document.documentElement.dataset.connection === 'online');
  await third.click('#signout');
  for (const tab of [third, ada]) {
    await tab.until('the sign-in', () => document.documentElement.dataset.view === 'signin');
  }
  await ada.reload();
  await ada.until('the sign-in again', () => document.documentElement.dataset.view === 'signin');

  begin('no tab complained');
  const expected = /ERR_INTERNET_DISCONNECTED/; // Ada was offline
  for (const [label, tab] of tabs) {
    assert.deepEqual(tab.problems.filter((problem) => !expected.test(problem)), [], `the tab of ${label}`);
  }
}

async function main() {
  if (!url) {
    console.error('usage: page.mjs URL [FOLDER FOR SCREENSHOTS]');
    return 1;
  }
  if (folder) {
    await mkdir(folder, { recursive: true });
  }
  let browser = null;
  try {
    browser = await Browser.launch();
    await story(browser);
    console.log('the story holds');
    return 0;
  } catch (error) {
    console.error(`FAILED where ${step}:\n${error.message}`);
    for (const [label, tab] of tabs) {
      console.error(`${label}: ${(await messagesOf(tab).catch(() => [])).map(({ text, state }) => `${text} (${state})`)
        .join(' | ')}\n${tab.problems.join('\n')}`);
      await shoot(`failed-${label}`, tab).catch(() => {});
    }
    return 1;
  } finally {
    await browser?.close();
  }
}

process.exitCode = await main();
