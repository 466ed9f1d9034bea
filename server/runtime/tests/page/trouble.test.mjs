/* What the page does in trouble that only a stand-in of the server can make, in a real browser.
 *
 *   node --test trouble.test.mjs      (SHOTS=FOLDER keeps a screenshot of each)
 */

import assert from 'node:assert/strict';

import { tokenOf } from './mock.mjs';
import { banner, connection, count, lobby, sees, signIn, signInShown, story, topOf, write } from './stage.mjs';

const expected = /WebSocket connection to|Failed to load resource/; // the server is away, or refuses

story('a name that is none is explained', { expected }, async (tab, mock) => {
  await signInShown(tab);
  await tab.type('#name', '  ');
  await tab.press('Enter');
  await tab.until('the problem', () => document.querySelector('#signin-error').textContent.startsWith('Please enter'));
  assert.equal(mock.logIns, 0);
});

story('where names are not enough, a token is asked for', { expected }, async (tab, mock) => {
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

story('a token that has ended is replaced without a word, and nothing is lost', { expected }, async (tab, mock) => {
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

story('a lost ack does not show or send a message twice', { expected }, async (tab, mock) => {
  await lobby(tab);
  await write(tab, '!lose');
  await sees(tab, '!lose', 'acked');
  await connection(tab, 'online');
  await write(tab, 'next');
  await sees(tab, 'next', 'acked');
  assert.deepEqual(mock.texts('lobby'), ['!lose', 'next']);
  assert.equal(await count(tab, '#log [data-kind=message]'), 2);
});

story('a refusal for a while is waited out', { expected }, async (tab) => {
  await lobby(tab);
  await write(tab, '!busy');
  await sees(tab, '!busy', 'acked');
});

story('a refusal for good is shown, and can be deleted', { expected }, async (tab) => {
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

story('a restart is announced, and waited for', { expected }, async (tab, mock) => {
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

story('a reload does not lose what waits', { expected }, async (tab, mock) => {
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

story('what came while there was no connection stands below a line', { expected }, async (tab, mock) => {
  await lobby(tab);
  mock.say('lobby', 'bob', 'before');
  await sees(tab, 'before', 'acked');
  mock.refusing = true;
  mock.cut(4007);
  await banner(tab, 'The connection is lost');
  mock.say('lobby', 'bob', 'meanwhile');
  mock.refusing = false;
  await sees(tab, 'meanwhile', 'acked');
  assert.equal(await tab.evaluate(() => document.querySelector('#log [data-kind=new]')?.nextElementSibling
    .querySelector('.text').textContent), 'meanwhile');
});

story('another epoch starts from nothing', { expected }, async (tab, mock) => {
  await lobby(tab);
  await write(tab, 'of the old log');
  await sees(tab, 'of the old log', 'acked');
  mock.begin('e2');
  await tab.click('#empty-action');
  await tab.until('the new beginning', () => document.querySelectorAll('#log [data-kind=event]').length === 1 &&
    document.querySelectorAll('#log [data-kind=message]').length === 0);
});

story('a version that is too old asks for a reload', { expected }, async (tab, mock) => {
  await lobby(tab);
  mock.cut(4505);
  await banner(tab, 'out of date');
});

story('the place in the log is kept while older and newer messages come', { expected }, async (tab, mock) => {
  mock.say('long', 'ada', 'line 1');
  for (let i = 2; i <= 130; i++) {
    mock.say('long', 'bob', `line ${i}`);
  }
  await signIn(tab);
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
