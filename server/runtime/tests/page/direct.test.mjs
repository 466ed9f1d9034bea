/* Direct chats on the page in a real browser.
 *
 *   node --test direct.test.mjs      (SHOTS=FOLDER keeps a screenshot of each)
 */

import assert from 'node:assert/strict';

import { directRoom } from './mock.mjs';
import { banner, connection, count, inRoom, open, sees, signIn, story, textsOf, write } from './stage.mjs';

const BOB = directRoom('ada', 'bob');
const expected = /WebSocket connection to/;

const hash = (tab) => tab.evaluate(() => location.hash);
const text = (tab, css) => tab.evaluate((selector) => document.querySelector(selector).textContent, css);
const isShown = (tab, css) => tab.evaluate((selector) => document.querySelector(selector).checkVisibility(), css);

/* The names in the list of rooms, top to bottom. */
const lists = (tab, names) => tab.until(`the rooms ${names}`, (wanted) =>
  [...document.querySelectorAll('#room-list .name')].map((node) => node.textContent).join() === wanted, names.join());

async function tea(tab, mock) {
  mock.say('tea', 'ada', 'hello');
  mock.say('tea', 'bob', 'hello ada');
  await signIn(tab);
  await sees(tab, 'hello ada');
}

story('a name in the list of people opens a chat with them, which their first message makes', {}, async (tab, mock) => {
  await tea(tab, mock);
  assert.equal(await count(tab, '[data-person=ada] button'), 0, 'not with oneself');
  await tab.click('[data-person=bob] button');
  await inRoom(tab, 'bob');
  assert.equal(await hash(tab), '#@bob');
  assert.equal(await tab.evaluate(() => document.title), 'bob · Hubbub');
  assert.equal(await isShown(tab, '#leave'), false);
  assert.match(await text(tab, '#older'), /^Nothing is written here yet: .* with bob\.$/);
  await tab.until('the keyboard in the field', () => document.activeElement.id === 'text');
  assert.equal(mock.rooms.has(BOB), false);
  await lists(tab, ['bob', 'tea']);
  await tab.send('Input.insertText', { text: 'hi' });
  await tab.until('that the room is there', () => document.querySelector('#older').textContent === 'This is where your chat with bob begins.');
  await tab.send('Input.insertText', { text: ' bob' });
  await tab.press('Enter');
  await sees(tab, 'hi bob');
  await write(tab, 'another');
  await sees(tab, 'another');
  assert.deepEqual(mock.texts(BOB), ['hi bob', 'another']);
  assert.deepEqual(await textsOf(tab), ['hi bob', 'another']);
  assert.equal(await count(tab, '#log [data-kind=event]'), 0, 'who joined is no news');
  assert.deepEqual(mock.typed.filter(({ type }) => type === 'typing_start').map(({ recipientId, roomId }) => recipientId ?? roomId)[0], 'bob');
  assert.equal(await tab.evaluate(() => document.querySelector('#room-list [aria-current]').getAttribute('aria-label')), 'bob, direct chat, Offline');
  await tab.evaluate(() => history.back());
  await inRoom(tab, 'tea');
  assert.equal(await isShown(tab, '#leave'), true);
});

/* Wherever a name stands it is the one that people know; everything that is said to the server has the id. */
story('people of an identity provider are shown by their names', {}, async (tab, mock) => {
  const [ada, bob] = ['_YWRhQGV4YW1wbGUub3Jn', '_YXV0aDB8MTI'];
  mock.say('tea', ada, 'hello');
  mock.say('tea', bob, 'hello ada');
  await signIn(tab, 'ada@example.org');
  await sees(tab, 'hello ada');
  assert.equal(await text(tab, '#me'), 'ada@example.org');
  assert.equal(await text(tab, '#log .sender button'), 'auth0|12');
  await tab.until('the people', (id) => document.querySelector(`[data-person=${id}] strong`)?.textContent === 'auth0|12', bob);
  await tab.click(`[data-person=${bob}] button`);
  await inRoom(tab, 'auth0|12');
  assert.equal(await hash(tab), `#@${bob}`);
  await lists(tab, ['auth0|12', 'tea']);
  await write(tab, 'hi');
  await sees(tab, 'hi');
  assert.deepEqual(mock.texts(directRoom(ada, bob)), ['hi']);
  await tab.reload();
  await connection(tab, 'online');
  assert.equal(await text(tab, '#me'), 'ada@example.org');
});

story('without typing, the first message itself makes the room; the one behind it waits its turn', {}, async (tab, mock) => {
  await tea(tab, mock);
  await tab.evaluate(() => { location.hash = '#@bob'; });
  await inRoom(tab, 'bob');
  await tab.evaluate(() => { // without a key, and both before an answer
    for (const words of ['one', 'two']) {
      document.querySelector('#text').value = words;
      document.querySelector('#composer').requestSubmit();
    }
  });
  await sees(tab, 'two');
  assert.deepEqual(mock.texts(BOB), ['one', 'two']);
  assert.deepEqual(mock.sends.map(({ content, recipientId }) => [content, recipientId]), [['one', 'bob'], ['two', 'bob']]);
});

story('what is written to somebody without a connection outlives the page, and goes out once and in order', { expected }, async (tab, mock) => {
  await tea(tab, mock);
  mock.refusing = true;
  mock.cut(4007);
  await connection(tab, 'offline');
  await tab.click('[data-kind=message]:not([data-mine]) .sender button');
  await inRoom(tab, 'bob');
  await write(tab, 'first');
  await write(tab, 'second');
  await tab.reload();
  await banner(tab, '2 messages waiting');
  await inRoom(tab, 'bob');
  await sees(tab, 'first', 'waiting');
  await lists(tab, ['bob', 'tea']);
  await tab.until('tea again', () => document.querySelector('[data-room=tea] button').click() ?? document.querySelector('#room-title').textContent === 'tea');
  mock.refusing = false;
  await tab.click(`[data-room="${BOB}"] button`);
  await sees(tab, 'second');
  assert.deepEqual(mock.texts(BOB), ['first', 'second']);
  assert.deepEqual(await textsOf(tab), ['first', 'second']);
});

story('a chat that the other one began has their name, at once, after a reload, and in an address', {}, async (tab, mock, url) => {
  await tea(tab, mock);
  mock.write('bob', 'ada', 'psst');
  await lists(tab, ['bob', 'tea']);
  await tab.until('one unread', () => document.title === '(1) tea · Hubbub');
  await tab.type('#room-search', 'te');
  await lists(tab, ['tea']);
  await tab.press('Escape');
  await tab.type('#room-search', 'bo');
  await lists(tab, ['bob', 'tea']); // tea is a room of the two as well
  await tab.press('Enter');
  await inRoom(tab, 'bob');
  await sees(tab, 'psst');
  assert.equal(await hash(tab), '#@bob');
  await tab.reload();
  await inRoom(tab, 'bob');
  await sees(tab, 'psst');
  const other = await open(tab, `${url}#@bob`);
  await inRoom(other, 'bob');
  await sees(other, 'psst');
  const raw = await open(tab, `${url}#${BOB}`);
  await inRoom(raw, 'bob');
  await raw.until('the name in the address', () => location.hash === '#@bob');
});

for (const presence of [true, false]) {
  story(`of a chat that began while nobody was here, the members say whose it is, presence being ${presence}`,
    { presence, expected: /status of 404/ }, async (tab, mock) => {
      mock.write('bob', 'ada', 'psst');
      mock.write('eve', 'ada', 'psst'); // which is not opened
      await signIn(tab);
      await lists(tab, ['bob', 'eve']);
      await inRoom(tab, 'bob');
      await sees(tab, 'psst');
    });
}

story('by keyboard: a name beside a message, and Back', {}, async (tab, mock) => {
  await tea(tab, mock);
  mock.say('tea', 'bob', 'more');
  await sees(tab, 'more');
  assert.deepEqual(await tab.evaluate(() => [...document.querySelectorAll('.sender button')].map(({ tabIndex }) => tabIndex)), [0, -1],
    'a name that is only read out is no stop');
  await tab.evaluate(() => document.querySelector('#scroller').focus());
  await tab.press('Tab');
  assert.deepEqual(await tab.evaluate(() => [document.activeElement.textContent, document.activeElement.title]), ['bob', 'Write to bob']);
  await tab.press('Enter');
  await inRoom(tab, 'bob');
  await tab.evaluate(() => history.back());
  await inRoom(tab, 'tea');
});

story('what is refused for good says why, can go again, be copied and deleted', {}, async (tab, mock) => {
  await tea(tab, mock);
  await tab.evaluate(() => { location.hash = '#@bob'; });
  await inRoom(tab, 'bob');
  await tab.evaluate(() => { // no key, so that nothing makes the room
    document.querySelector('#text').value = '!deny';
    document.querySelector('#composer').requestSubmit();
  });
  await sees(tab, '!deny', 'failed');
  assert.match(await text(tab, '.trouble span'), /^Not sent: you or bob are in too many rooms/);
  await tab.until('that it is read out', () => document.querySelector('#announce').textContent.startsWith('Not sent: you or bob'));
  await tab.click('[data-action=copy]');
  await tab.until('the word of it', () => document.querySelector('#announce').textContent.includes('opied'));
  await tab.click('[data-action=retry]');
  await tab.until('the second refusal', () => document.querySelector('#log [data-state=failed]'));
  assert.equal(mock.sends.length, 2);
  await tab.click('[data-room=tea] button');
  await lists(tab, ['bob', 'tea']); // as long as something stands in it
  await tab.click(`[data-room="${BOB}"] button`);
  await tab.click('[data-action=discard]');
  await tab.until('it to go', () => document.querySelectorAll('#log [data-kind=message]').length === 0);
  await tab.click('[data-room=tea] button');
  await lists(tab, ['tea']);
});

story('there is no chat with oneself, nor one of two others, and a draft keeps its place', {}, async (tab, mock) => {
  await tea(tab, mock);
  const says = (title) => tab.until(`“${title}”`, (wanted) =>
    document.querySelector('#empty').checkVisibility() && document.querySelector('#empty-title').textContent === wanted, title);
  await tab.evaluate(() => { location.hash = '#@ada'; });
  await says('This is no room');
  assert.equal(await text(tab, '#empty-text'), 'Nobody has a direct chat with themselves.');
  mock.write('bob', 'eve', 'secret');
  await tab.evaluate((id) => { location.hash = `#${id}`; }, directRoom('bob', 'eve'));
  await says('No chat of yours');
  assert.equal(await isShown(tab, '#empty-action'), false);
  assert.equal(await isShown(tab, '#composer'), false);
  await tab.evaluate(() => { location.hash = '#@bob'; });
  await inRoom(tab, 'bob');
  await tab.type('#text', 'half a wo');
  await tab.click('[data-room=tea] button');
  await inRoom(tab, 'tea');
  await tab.reload();
  await lists(tab, ['bob', 'tea']);
  await tab.click(`[data-room="${BOB}"] button`);
  await inRoom(tab, 'bob');
  assert.equal(await tab.evaluate(() => document.querySelector('#text').value), 'half a wo');
});

story('on a phone, a name in the list of people closes it', { looks: { width: 390, height: 844 } }, async (tab, mock) => {
  await tea(tab, mock);
  await tab.click('#people-open');
  await tab.click('[data-person=bob] button');
  await inRoom(tab, 'bob');
  await tab.until('that the list is closed', () => document.querySelector('#people').hidden);
  await tab.until('the keyboard at the title', () => document.activeElement.id === 'room-title');
});
