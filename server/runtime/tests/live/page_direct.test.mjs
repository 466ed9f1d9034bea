/* Direct chats on the page against a server: two people who both write first at once are in one room.
 * SHOTS=FOLDER keeps screenshots. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import assert from 'node:assert/strict';

import { Browser } from '../page/browser.mjs';
import { Hubbubd, cleanup, test } from './harness.mjs';

const shots = process.env.SHOTS;

async function shoot(name, tab) {
  if (shots) {
    await mkdir(shots, { recursive: true });
    await tab.screenshot(path.join(shots, `direct-${name}.png`));
  }
}

async function person(browser, node, name, hash = '', looks = {}) {
  const tab = await browser.open(`http://127.0.0.1:${node.port}/${hash}`, { width: 1280, height: 800, ...looks });
  await tab.until('the sign-in', () => document.documentElement.dataset.view === 'signin');
  await tab.type('#name', name);
  await tab.press('Enter');
  await tab.until('being online', () => document.documentElement.dataset.connection === 'online');
  return tab;
}

const inRoom = (tab, title) => tab.until(`room ${title}`,
  (wanted) => document.querySelector('#room-title').textContent === wanted, title);

const sees = (tab, text) => tab.until(`“${text}”`, (wanted) =>
  [...document.querySelectorAll('#log [data-kind=message]')].some((row) =>
    row.querySelector('.text').textContent === wanted && row.dataset.state === 'acked'), text);

const texts = (tab) => tab.evaluate(() => [...document.querySelectorAll('#log .text')].map((node) => node.textContent));

async function enter(tab, room) {
  await tab.type('#room-input', room);
  await tab.press('Enter');
  await inRoom(tab, room);
  await tab.until('the own joining', () => document.querySelector('#log [data-kind=event]'));
}

/* All at once, without a key before: what makes the room is a message. */
const send = (tab, ...words) => tab.evaluate((list) => {
  for (const word of list) {
    document.querySelector('#text').value = word;
    document.querySelector('#composer').requestSubmit();
  }
}, words);

async function start() {
  const node = await new Hubbubd().start();
  const browser = await Browser.launch();
  cleanup(() => browser.close());
  return { node, browser };
}

test('two people open a direct chat from a name, both write first at once, and it is one', async () => {
  const { node, browser } = await start();
  const ada = await person(browser, node, 'ada');
  const bob = await person(browser, node, 'bob');
  await enter(ada, 'tea');
  await enter(bob, 'tea');
  await ada.click('[data-person=bob] button');
  await inRoom(ada, 'bob');
  await bob.click('[data-person=ada] button');
  await inRoom(bob, 'ada');
  await Promise.all([send(ada, 'ada one', 'ada two'), send(bob, 'bob one', 'bob two')]);
  for (const tab of [ada, bob]) {
    for (const text of ['ada one', 'ada two', 'bob one', 'bob two']) {
      await sees(tab, text);
    }
  }
  assert.deepEqual(await texts(ada), await texts(bob), 'one order for both');
  const order = await texts(ada);
  assert.ok(order.indexOf('ada one') < order.indexOf('ada two') && order.indexOf('bob one') < order.indexOf('bob two'));
  const [one, other] = await Promise.all(['ada', 'bob'].map(async (user) => {
    const rooms = (await node.get('/api/rooms', { token: await node.login(user) })).json.rooms;
    return rooms.map(({ roomId }) => roomId).filter((id) => id.startsWith('dm-'));
  }));
  assert.deepEqual([one.length, one], [1, other]);
  await ada.type('#text', 'h');
  await bob.until('that ada types', () => document.querySelector('#typing').textContent === 'ada is typing…');
  await shoot('wide', bob);
  await bob.reload();
  await inRoom(bob, 'ada');
  await sees(bob, 'ada one');
  assert.deepEqual(await texts(bob), order);
  assert.equal(await bob.evaluate(() => document.querySelector('#leave').checkVisibility()), false);
  assert.deepEqual([...ada.problems, ...bob.problems], []);
});

test('who typed first is shown, with their name, to one who sees them for the first time; and what nobody saw come', async () => {
  const { node, browser } = await start();
  const bob = await person(browser, node, 'bob');
  const ada = await person(browser, node, 'ada', '#@bob');
  await inRoom(ada, 'bob');
  await ada.type('#text', 'h');
  await bob.until('ada among the rooms', () => [...document.querySelectorAll('#room-list .name')].some((node) => node.textContent === 'ada'));
  await inRoom(bob, 'ada'); // there is no other room
  await bob.until('that ada types', () => document.querySelector('#typing').textContent === 'ada is typing…');
  await ada.press('Enter');
  await sees(ada, 'h');
  await sees(bob, 'h');
  await send(ada, 'one more');
  await ada.until('that it is read', () => [...document.querySelectorAll('.receipt button')].at(-1)?.textContent === 'Read by 1');

  await ada.evaluate(() => { location.hash = '#@cyd'; }); // who was never here
  await inRoom(ada, 'cyd');
  await send(ada, 'for cyd');
  await sees(ada, 'for cyd');
  const cyd = await person(browser, node, 'cyd', '', { width: 390, height: 844 });
  await inRoom(cyd, 'ada');
  await sees(cyd, 'for cyd');
  await shoot('phone', cyd);

  await ada.evaluate(() => { location.hash = '#@ada'; });
  await ada.until('that there is none with oneself', () => document.querySelector('#empty-title').textContent === 'This is no room');
  assert.deepEqual([...ada.problems, ...bob.problems, ...cyd.problems], []);
});

test('the first message to somebody is refused for good when one is in too many rooms, and says so', async () => {
  const { node, browser } = await start();
  const token = await node.login('bob');
  for (let i = 0; i < 256; i++) {
    const { status } = await node.post('/api/rooms', { roomId: `room-${i}`, clientId: `c${i}` }, { token });
    assert.equal(status, 200);
  }
  const ada = await person(browser, node, 'ada', '#@bob');
  await inRoom(ada, 'bob');
  await send(ada, 'too much');
  await ada.until('the refusal', () => document.querySelector('.trouble span')?.textContent.startsWith('Not sent: you or bob are in too many rooms'));
  await shoot('refused', ada);
  await ada.click('[data-action=discard]');
  await ada.until('it to go', () => document.querySelectorAll('#log [data-kind=message]').length === 0);
  assert.deepEqual(ada.problems, []);
});
