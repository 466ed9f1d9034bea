/* What the page keeps over reloads and closed tabs: who is signed in, and what was written and not acked.
 *
 *   node --test keeps.test.mjs      (SHOTS=FOLDER keeps a screenshot of each)
 */

import assert from 'node:assert/strict';

import { banner, connection, count, lobby, open, sees, signIn, signInShown, story, textsOf, write } from './stage.mjs';

const expected = /WebSocket connection to|Failed to load resource/; // the server is away, or refuses

const kept = (tab, prefix) => tab.evaluate((start) =>
  Object.keys(localStorage).filter((key) => key.startsWith(start)), prefix);

/* What was acked is shown so first, and then kept no more. */
const nothingWaits = (tab) => tab.until('an empty outbox', () =>
  !Object.keys(localStorage).some((key) => key.startsWith('hubbub.outbox')));

const me = (tab, name) => tab.until(`being ${name}`, (wanted) => document.querySelector('#me').textContent === wanted, name);

/* The server takes no connection, and lets none live. */
async function away(tab, mock) {
  mock.refusing = true;
  mock.cut(4007);
  await banner(tab, 'The connection is lost');
}

/* From now on, all states that the row of a text goes through, and whether it stays the same row. */
const watch = (tab, text) => tab.evaluate((wanted) => {
  window.states = [];
  const note = () => {
    const rows = [...document.querySelectorAll('#log [data-kind=message]')]
      .filter((row) => row.querySelector('.text').textContent === wanted);
    window.row ??= rows[0];
    const state = `${rows.length} ${rows[0]?.dataset.state} ${rows[0] === window.row}`;
    if (rows.length > 0 && window.states.at(-1) !== state) {
      window.states.push(state);
    }
  };
  new MutationObserver(note).observe(document.querySelector('#log'), { childList: true, subtree: true, attributes: true });
}, text);

const states = (tab) => tab.evaluate(() => window.states);

story('a sign-in outlives its tab, and signing out ends it in all of them', { expected }, async (tab, mock, url) => {
  await lobby(tab);
  await write(tab, 'from the first tab');
  await sees(tab, 'from the first tab');
  const second = await open(tab, `${url}#lobby`);
  await tab.close();
  await me(second, 'ada');
  await sees(second, 'from the first tab');
  assert.equal(mock.logIns, 1);
  const third = await open(second, url);
  await connection(third, 'online');
  await third.click('#signout');
  await signInShown(third);
  await signInShown(second);
  assert.deepEqual(await kept(third, 'hubbub.signin'), []);
  await second.reload();
  await signInShown(second);
  assert.equal(await second.evaluate(() => document.querySelector('#name').value), 'ada'); // only the name is left
  assert.deepEqual([...second.problems, ...third.problems], []);
});

story('two tabs can be two people, each over a reload', { expected }, async (tab, mock, url) => {
  await signIn(tab);
  const second = await open(tab, url);
  await me(second, 'ada');
  await second.click('#me-button');
  await second.click('#status-other');
  await signInShown(second);
  await second.reload(); // a tab that is nobody stays so
  await signIn(second, 'bob');
  await Promise.all([tab.reload(), second.reload()]);
  await Promise.all([me(tab, 'ada'), me(second, 'bob'), connection(tab, 'online'), connection(second, 'online')]);
  await second.click('#signout');
  await signInShown(second);
  await connection(tab, 'online');
  assert.deepEqual(await kept(tab, 'hubbub.signin'), ['hubbub.signin.ada']);
});

story('what was written outlives the tab, in its order, and is sent once', { expected }, async (tab, mock, url) => {
  await lobby(tab);
  await away(tab, mock);
  const lines = ['one', 'two', 'three'];
  for (const line of lines) {
    await write(tab, line);
  }
  await sees(tab, 'three', 'waiting');
  await tab.reload();
  await sees(tab, 'three', 'waiting');
  assert.deepEqual(await textsOf(tab), lines);
  const next = await open(tab, `${url}#lobby`); // while the first one lives, these are its
  await me(next, 'ada');
  assert.deepEqual(await textsOf(next), []);
  await tab.close();
  await sees(next, 'three', 'waiting');
  assert.deepEqual(await textsOf(next), lines);
  assert.deepEqual(mock.texts('lobby'), []);
  await next.reload();
  await sees(next, 'three', 'waiting');
  assert.deepEqual(await textsOf(next), lines);
  const last = await open(next, `${url}#lobby`);
  await me(last, 'ada');
  await next.close();
  await last.reload(); // whichever of both comes first
  await sees(last, 'three', 'waiting');
  assert.deepEqual(await textsOf(last), lines);
  mock.refusing = false;
  await sees(last, 'three', 'acked');
  assert.deepEqual(await textsOf(last), lines);
  assert.deepEqual(mock.texts('lobby'), lines);
  await nothingWaits(last);
});

story('tabs of one person do not lose what the other one wrote', { expected }, async (tab, mock, url) => {
  await lobby(tab);
  const second = await open(tab, `${url}#lobby`);
  await connection(second, 'online');
  await away(tab, mock);
  await write(tab, 'of the first');
  await write(second, 'of the second');
  await sees(tab, 'of the first', 'waiting');
  await sees(second, 'of the second', 'waiting');
  await Promise.all([tab.reload(), second.reload()]);
  await sees(tab, 'of the first', 'waiting');
  await sees(second, 'of the second', 'waiting');
  mock.refusing = false;
  await sees(tab, 'of the second', 'acked');
  await sees(second, 'of the first', 'acked');
  assert.deepEqual(mock.texts('lobby').sort(), ['of the first', 'of the second']);
});

for (const lateMs of [0, 400]) {
  story(`a message keeps its row when its ${lateMs ? 'ack comes before its entry' : 'entry comes before its ack'}`,
    { expected, lateMs }, async (tab, mock) => {
      await lobby(tab);
      await away(tab, mock);
      await watch(tab, 'mine');
      await write(tab, 'mine');
      await sees(tab, 'mine', 'waiting');
      mock.refusing = false;
      await sees(tab, 'mine', 'acked');
      mock.say('lobby', 'bob', 'behind it'); // in the order of the room
      await sees(tab, 'behind it');
      assert.deepEqual(await states(tab), ['1 waiting true', '1 acked true']);
      assert.deepEqual(await textsOf(tab), ['mine', 'behind it']);
    });
}

story('a message is not said to be sent before that is known', { expected }, async (tab, mock) => {
  await lobby(tab);
  await watch(tab, '!cut');
  await write(tab, '!cut'); // it goes out, and the connection ends without a word, four times
  await sees(tab, '!cut', 'acked');
  assert.ok(mock.cuts < 0, 'four connections were lost with it, which count for nothing');
  assert.deepEqual(await states(tab), ['1 waiting true', '1 acked true']);
  assert.deepEqual(mock.texts('lobby'), ['!cut']);
});

story('what is refused for a while is tried three more times, and then says why', { expected }, async (tab, mock) => {
  await lobby(tab);
  await tab.send('Browser.grantPermissions', { permissions: ['clipboardReadWrite'], browserContextId: tab.contextId });
  mock.refusals = []; // that of the room
  await write(tab, '!never');
  await sees(tab, '!never', 'failed');
  const times = mock.refusals.map(({ at }) => at);
  assert.equal(times.length, 4);
  times.slice(1).forEach((at, i) => assert.ok(at - times[i] >= 295, `after ${at - times[i]} ms; it said 300`));
  const reason = await tab.evaluate(() => document.querySelector('.trouble').firstChild.textContent);
  assert.match(reason, /^Not sent: the server was busy/);
  await tab.until('that it was read out', (text) => document.querySelector('#announce').textContent === `${text} !never`, reason);
  await tab.reload(); // it stays, with its reason
  await connection(tab, 'online'); // or the row may be made anew under the click
  await sees(tab, '!never', 'failed');
  assert.equal(await tab.evaluate(() => document.querySelector('.trouble').firstChild.textContent), reason);
  await tab.click('[data-action=copy]');
  await tab.until('the copy', async () => await navigator.clipboard.readText() === '!never');
  await watch(tab, '!never');
  await tab.click('[data-action=retry]');
  await tab.until('that it is refused again', () => window.states.join() === '1 waiting true,1 failed true');
  assert.equal(mock.refusals.length, 8);
  await tab.click('[data-action=discard]');
  await tab.until('it to go', () => document.querySelectorAll('#log [data-kind=message]').length === 0);
  await tab.reload();
  await connection(tab, 'online');
  assert.equal(await count(tab, '#log [data-kind=message]'), 0);
});

story('where the browser keeps nothing, leaving is warned of', { expected }, async (tab, mock) => {
  await lobby(tab);
  const warned = () => tab.evaluate(() => {
    const event = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  });
  await away(tab, mock);
  await write(tab, 'kept');
  await sees(tab, 'kept', 'waiting');
  assert.equal(await warned(), false);
  await tab.evaluate(() => {
    Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
  });
  await write(tab, 'not kept');
  await sees(tab, 'not kept', 'waiting');
  assert.equal(await warned(), true);
  mock.refusing = false;
  await sees(tab, 'not kept', 'acked');
  assert.deepEqual(mock.texts('lobby'), ['kept', 'not kept']);
});

story('signing out asks before it loses what waits, in whatever tab', { expected }, async (tab, mock, url) => {
  await lobby(tab);
  const second = await open(tab, `${url}#lobby`);
  await connection(second, 'online');
  await away(tab, mock);
  await write(tab, 'one');
  await write(tab, 'two');
  await sees(tab, 'two', 'waiting');
  await second.click('#signout');
  await second.until('the question', () => document.querySelector('#ask-text').textContent.startsWith('2 messages not sent'));
  await second.press('Escape');
  assert.equal((await kept(second, 'hubbub.signin')).length, 1);
  await second.click('#signout');
  await second.click('#ask-yes');
  await Promise.all([signInShown(second), signInShown(tab)]);
  assert.deepEqual(await kept(tab, 'hubbub.outbox'), []);
});

story('a tab that was copied leaves the first one what it wrote', { expected }, async (tab, mock, url) => {
  await lobby(tab);
  await away(tab, mock);
  await write(tab, 'mine');
  await sees(tab, 'mine', 'waiting');
  const copied = await tab.evaluate(() => sessionStorage.getItem('hubbub.tab'));
  const second = await open(tab, `${url}/icon.svg`);
  await second.until('its storage', (value) => {
    sessionStorage.setItem('hubbub.tab', value);
    return document.documentElement.localName === 'svg';
  }, copied);
  await second.send('Page.navigate', { url: `${url}#lobby` });
  await sees(second, 'mine', 'waiting');
  await tab.reload();
  await sees(tab, 'mine', 'waiting');
  mock.refusing = false;
  await Promise.all([sees(tab, 'mine', 'acked'), sees(second, 'mine', 'acked')]);
  assert.deepEqual([await textsOf(tab), await textsOf(second), mock.texts('lobby')], [['mine'], ['mine'], ['mine']]);
});

story('where tabs have no locks, what a closed one wrote is taken by the next', { expected }, async (first, mock, url) => {
  const early = () => Object.defineProperty(navigator, 'locks', { value: undefined });
  const tab = await open(first, url, { early });
  await lobby(tab);
  await away(tab, mock);
  await write(tab, 'one');
  await write(tab, 'two');
  await sees(tab, 'two', 'waiting');
  await tab.close();
  const next = await open(first, `${url}#lobby`, { early });
  await sees(next, 'two', 'waiting');
  mock.refusing = false;
  await sees(next, 'two', 'acked');
  assert.deepEqual(mock.texts('lobby'), ['one', 'two']);
  await nothingWaits(next);
});

story('what was read in one tab is read in the other', { expected }, async (tab, mock, url) => {
  mock.say('a', 'ada', 'hello');
  mock.say('b', 'ada', 'hello');
  await signIn(tab);
  const second = await open(tab, `${url}#b`);
  await sees(second, 'hello');
  await tab.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
  mock.say('a', 'bob', 'news');
  await second.until('the count', () => document.querySelector('[data-room=a] .badge')?.textContent === '1');
  await tab.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: false, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await second.until('that it is read', () => !document.querySelector('[data-room=a] .badge') && document.title === 'b · Hubbub');
});
