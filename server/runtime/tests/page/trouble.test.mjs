/* What the page does in trouble that only a stand-in of the server can make, in a real browser.
 *
 *   node --test trouble.test.mjs      (SHOTS=FOLDER keeps a screenshot of each)
 */

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser } from './browser.mjs';
import { Mock, tokenOf } from './mock.mjs';

const folder = process.env.SHOTS;
let browser;
let mock;
let url;

before(async () => {
  if (folder) {
    await mkdir(folder, { recursive: true });
  }
  browser = await Browser.launch();
});

after(() => browser?.close());

/* Each test has a server and a person of its own. */
function trouble(name, options, run) {
  test(name, async () => {
    mock = new Mock(options);
    url = await mock.listen();
    const tab = await browser.open(url);
    try {
      await run(tab);
    } finally {
      if (folder) {
        await tab.screenshot(join(folder, `${name.replace(/[^a-z]+/gi, '-')}.png`));
      }
      await tab.close();
      mock.close();
    }
  });
}

const connection = (tab, wanted) => tab.until(wanted,
  (state) => document.documentElement.dataset.connection === state, wanted);

const signInShown = (tab) => tab.until('the sign-in', () => document.documentElement.dataset.view === 'signin' &&
  !document.querySelector('#signin-button').disabled);

async function signIn(tab, name = 'ada') {
  await signInShown(tab);
  await tab.type('#name', name);
  await tab.press('Enter');
  await connection(tab, 'online');
}

async function lobby(tab) {
  await signIn(tab);
  await tab.click('#empty-action');
  await tab.until('the own joining', () => document.querySelector('#log [data-kind=event]'));
}

async function write(tab, text) {
  await tab.type('#text', text);
  await tab.press('Enter');
}

const sees = (tab, text, state) => tab.until(`“${text}” ${state}`, (wanted, how) =>
  [...document.querySelectorAll('#log [data-kind=message]')].some((row) =>
    row.querySelector('.text').textContent === wanted && row.dataset.state === how), text, state);

const banner = (tab, part) => tab.until(`a banner with “${part}”`,
  (text) => document.querySelector('#banner-text').textContent.includes(text), part);

const count = (tab, css) => tab.evaluate((selector) => document.querySelectorAll(selector).length, css);

trouble('a name that is none is explained', {}, async (tab) => {
  await signInShown(tab);
  await tab.type('#name', 'a b');
  await tab.press('Enter');
  await tab.until('the problem', () => document.querySelector('#signin-error').textContent.startsWith('A name has'));
  assert.equal(mock.logIns, 0);
});

trouble('where names are not enough, a token is asked for', {}, async (tab) => {
  mock.byName = false;
  await signInShown(tab);
  await tab.type('#name', 'ada');
  await tab.press('Enter');
  await tab.type('#token', 'rubbish');
  await tab.press('Enter');
  await tab.until('the problem', () => document.querySelector('#signin-error').textContent.startsWith('This is not'));
  await tab.type('#token', tokenOf('grace', 3600));
  await tab.press('Enter');
  await connection(tab, 'online');
  assert.equal(await tab.evaluate(() => document.querySelector('#me').textContent), 'grace');
  mock.cut(4001);
  await signInShown(tab);
  assert.equal(await count(tab, '#token-field:not([hidden])'), 1);
});

trouble('a token that has ended is replaced without a word, and nothing is lost', {}, async (tab) => {
  await lobby(tab);
  for (const code of [4500, 4001]) {
    mock.refusing = true;
    mock.cut(code);
    await connection(tab, 'offline');
    await write(tab, `written at ${code}`);
    mock.refusing = false;
    await sees(tab, `written at ${code}`, 'acked');
  }
  assert.deepEqual(mock.texts('lobby'), ['written at 4500', 'written at 4001']);
  assert.equal(mock.logIns, 3);
});

trouble('a lost ack does not show or send a message twice', {}, async (tab) => {
  await lobby(tab);
  await write(tab, '!lose');
  await sees(tab, '!lose', 'acked');
  await connection(tab, 'online');
  await write(tab, 'next');
  await sees(tab, 'next', 'acked');
  assert.deepEqual(mock.texts('lobby'), ['!lose', 'next']);
  assert.equal(await count(tab, '#log [data-kind=message]'), 2);
});

trouble('a refusal for a while is waited out', {}, async (tab) => {
  await lobby(tab);
  await write(tab, '!busy');
  await sees(tab, '!busy', 'acked');
});

trouble('a refusal for good is shown, and can be deleted', {}, async (tab) => {
  await lobby(tab);
  await write(tab, 'before');
  await write(tab, '!deny');
  await sees(tab, '!deny', 'failed');
  await tab.click('[data-action=retry]');
  await write(tab, 'after');
  await sees(tab, 'after', 'acked');
  await sees(tab, '!deny', 'failed');
  await tab.click('[data-action=discard]');
  await tab.until('it to go', () => document.querySelectorAll('#log [data-kind=message]').length === 2);
});

trouble('a restart is announced, and waited for', {}, async (tab) => {
  await lobby(tab);
  mock.refusing = true;
  mock.drain(60000);
  await banner(tab, 'The server is restarting');
  await write(tab, 'while it restarts');
  await banner(tab, '1 message waiting');
  mock.refusing = false;
  await tab.click('#banner-retry');
  await sees(tab, 'while it restarts', 'acked');
});

trouble('a reload does not lose what waits', {}, async (tab) => {
  await lobby(tab);
  mock.refusing = true;
  mock.cut(4007);
  await banner(tab, 'The connection is lost');
  await write(tab, 'first');
  await write(tab, 'second');
  await sees(tab, 'second', 'waiting');
  await tab.reload();
  await banner(tab, '2 messages waiting');
  await sees(tab, 'first', 'waiting');
  mock.refusing = false; // it comes back by itself
  await sees(tab, 'second', 'acked');
  assert.deepEqual(mock.texts('lobby'), ['first', 'second']);
});

trouble('another epoch starts from nothing', {}, async (tab) => {
  await lobby(tab);
  await write(tab, 'of the old log');
  await sees(tab, 'of the old log', 'acked');
  mock.begin('e2');
  await tab.click('#empty-action');
  await tab.until('the new beginning', () => document.querySelectorAll('#log [data-kind=event]').length === 1 &&
    document.querySelectorAll('#log [data-kind=message]').length === 0);
});

trouble('a version that is too old asks for a reload', {}, async (tab) => {
  await lobby(tab);
  mock.cut(4505);
  await banner(tab, 'out of date');
});

/* Where a line stands on the screen, once it is there. */
const topOf = (tab, text) => tab.until(`“${text}”`, (wanted) =>
  [...document.querySelectorAll('#log .text')].find((node) => node.textContent === wanted)
    ?.getBoundingClientRect().top, text);

trouble('the place in the log is kept while older and newer messages come', {}, async (tab) => {
  await signIn(tab);
  mock.say('long', 'ada', 'line 1');
  for (let i = 2; i <= 130; i++) {
    mock.say('long', 'bob', `line ${i}`);
  }
  await sees(tab, 'line 130', 'acked');
  await tab.reload();
  await sees(tab, 'line 130', 'acked');
  await topOf(tab, 'line 90');
  assert.equal(await count(tab, '#log [data-kind=message]'), 50); // the rest is not fetched unasked
  const place = await tab.evaluate(() => {
    document.querySelector('#scroller').scrollTop = 250;
    return [...document.querySelectorAll('#log .text')]
      .find((node) => node.textContent === 'line 90').getBoundingClientRect().top;
  });
  await topOf(tab, 'line 40');
  assert.ok(Math.abs(await topOf(tab, 'line 90') - place) < 2);
  mock.say('long', 'bob', 'line 131');
  await sees(tab, 'line 131', 'acked');
  assert.ok(Math.abs(await topOf(tab, 'line 90') - place) < 2);
  await tab.until('the count of new ones', () => document.querySelector('#jump').textContent.includes('1 new') &&
    document.title.startsWith('(1)'));
  await tab.until('the first line', () => {
    document.querySelector('#scroller').scrollTop = 0;
    return [...document.querySelectorAll('#log .text')].some((node) => node.textContent === 'line 1');
  });
  assert.equal(await count(tab, '#log [data-kind=message]'), 131);
  await tab.click('#jump');
  await tab.until('the end', () => document.querySelector('#jump').hidden && !document.title.startsWith('('));
});
