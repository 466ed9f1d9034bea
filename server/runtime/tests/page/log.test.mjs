/* The log of a room in a real browser: its window, the place in it, what is read by sight, links.
 *
 *   node --test log.test.mjs      (SHOTS=FOLDER keeps a screenshot of each)
 */

import assert from 'node:assert/strict';

import { connection, count, inRoom, sees, signIn, story, textsOf, topOf } from './stage.mjs';

const ROWS_MAX = 200; // of log.js

function fill(mock, room, from, to) {
  for (let i = from; i <= to; i++) {
    mock.say(room, i === 1 ? 'ada' : 'bob', `line ${i}`);
  }
}

const go = (tab, room) => tab.evaluate((id) => document.querySelector(`[data-room="${id}"] button`).click(), room);

/* How far ada read a room, as the browser keeps it. */
const readTo = (tab, room) => tab.evaluate((id) =>
  JSON.parse(localStorage.getItem('hubbub.read.ada') ?? '{}').rooms?.[id] ?? 0, room);

/* Two frames and what they bring: everything that the browser has to tell was told. */
const settled = (tab) => tab.evaluate(async () => {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => { requestAnimationFrame(resolve); });
  }
});

/* Turns the wheel, and gives by how much the line in the middle moved down, once all rests. */
async function wheel(tab, deltaY) {
  const before = await tab.evaluate(() => {
    const rows = [...document.querySelectorAll('#log .text')];
    window.held = rows.find((node) => node.getBoundingClientRect().top > 300) ?? rows.at(-1);
    return window.held.getBoundingClientRect().top;
  });
  await tab.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x: 640, y: 400, deltaX: 0, deltaY });
  const after = await tab.until('rest', async () => {
    const places = [];
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => { requestAnimationFrame(resolve); });
      places.push(window.held.getBoundingClientRect().top);
    }
    return new Set(places).size === 1 && window.held.isConnected && { top: places[0] };
  });
  return after.top - before;
}

story('a long log is walked through without a jump, and only a part of it stands in the document', {}, async (tab, mock) => {
  fill(mock, 'long', 1, 700);
  await signIn(tab);
  await sees(tab, 'line 700');
  let [most, seen, live] = [0, new Set(), 700];
  for (let turn = 0; turn < 120 && !seen.has('line 1'); turn++) {
    const moved = await wheel(tab, -550);
    assert.ok(moved >= -2 && moved <= 552, `what was in sight moved by ${moved} px for a wheel of 550`);
    if (turn % 4 === 0) {
      mock.say('long', 'bob', `line ${++live}`);
    }
    (await textsOf(tab)).forEach((text) => seen.add(text));
    most = Math.max(most, await count(tab, '#log [data-seq]'));
  }
  assert.equal([...seen].filter((text) => Number(text.slice(5)) <= 700).length, 700, 'every line stood there');
  assert.ok(most <= ROWS_MAX && most > ROWS_MAX / 2, `${most} rows at most`);
  assert.equal(await tab.evaluate(() => document.querySelector('#older').textContent), 'This is where long begins for you.');
  const texts = await textsOf(tab);
  assert.deepEqual(texts, texts.map((_, i) => `line ${i + 1}`), 'in order, without a gap');
  assert.equal(texts.includes(`line ${live}`), false, 'the end is not in the document');
  assert.match(await tab.evaluate(() => document.querySelector('#jump').textContent), new RegExp(`^${live - 700} new$`));
  for (let turn = 0; turn < 120 && !(await textsOf(tab)).includes(`line ${live}`); turn++) {
    const moved = await wheel(tab, 700);
    assert.ok(moved <= 2 && moved >= -702, `what was in sight moved by ${moved} px for a wheel of -700`);
  }
  await wheel(tab, 5000);
  const end = await textsOf(tab);
  assert.deepEqual(end, end.map((_, i) => `line ${live - end.length + 1 + i}`));
  await tab.until('the end, where nothing is unread', () => document.querySelector('#jump').hidden);
  mock.say('long', 'bob', 'one more');
  await sees(tab, 'one more');
  assert.ok(await topOf(tab, 'one more') < 800, 'the end follows what comes');
});

story('from far above, the button leads to the end at once', {}, async (tab, mock) => {
  fill(mock, 'long', 1, 400);
  await signIn(tab);
  await sees(tab, 'line 400');
  await tab.until('the beginning', () => {
    document.querySelector('#scroller').scrollTop = 0;
    return [...document.querySelectorAll('#log .text')].some((node) => node.textContent === 'line 1');
  });
  await tab.click('#jump');
  await sees(tab, 'line 400');
  assert.ok(await topOf(tab, 'line 400') < 800);
  assert.ok(await count(tab, '#log [data-seq]') <= ROWS_MAX);
});

/* Puts the log so that this part of a row is in sight, at the bottom of it. */
const show = (tab, text, part) => tab.evaluate((wanted, share) => {
  const row = [...document.querySelectorAll('#log [data-kind=message]')]
    .find((each) => each.querySelector('.text').textContent === wanted);
  const scroller = document.querySelector('#scroller');
  const { top, height } = row.getBoundingClientRect();
  scroller.scrollTop += top + height * share - scroller.getBoundingClientRect().bottom;
  return height;
}, text, part);

const hide = (tab, hidden) => tab.evaluate((value) => {
  Object.defineProperty(document, 'hidden', { value, configurable: true });
  Object.defineProperty(document, 'visibilityState', { value: value ? 'hidden' : 'visible', configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}, hidden);

story('a message is read when half of it is in sight, and not before', {}, async (tab, mock) => {
  fill(mock, 'long', 1, 60);
  await signIn(tab);
  await sees(tab, 'line 60');
  await tab.until('all read', () => document.title === 'long · Hubbub');
  const before = await readTo(tab, 'long');
  await tab.evaluate(() => { document.querySelector('#scroller').scrollTop -= 400; });
  await settled(tab);
  const high = Array.from({ length: 12 }, (_, i) => `row ${i}`).join('\n');
  mock.say('long', 'bob', high);
  await sees(tab, high);
  await tab.until('one unread', () => document.title.startsWith('(1)'));
  await show(tab, high, 0.4);
  await settled(tab);
  assert.equal(await readTo(tab, 'long'), before);
  await show(tab, high, 0.6);
  await tab.until('nothing unread', () => document.title === 'long · Hubbub');
  assert.equal(await readTo(tab, 'long'), before + 1);
});

story('a message that is higher than the log is read when it comes to the middle', {}, async (tab, mock) => {
  fill(mock, 'long', 1, 60);
  await signIn(tab);
  await sees(tab, 'line 60');
  const before = await readTo(tab, 'long');
  await tab.evaluate(() => { document.querySelector('#scroller').scrollTop -= 400; });
  await settled(tab);
  const high = Array.from({ length: 400 }, (_, i) => `row ${i}`).join('\n');
  mock.say('long', 'bob', high);
  await sees(tab, high);
  const height = await show(tab, high, 0);
  const half = (await tab.evaluate(() => document.querySelector('#scroller').clientHeight)) / 2 / height;
  assert.ok(half < 0.1, 'it is much higher than the log');
  await show(tab, high, half * 0.8);
  await settled(tab);
  assert.equal(await readTo(tab, 'long'), before);
  await show(tab, high, half * 1.2);
  await tab.until('nothing unread', () => document.title === 'long · Hubbub');
  assert.equal(await readTo(tab, 'long'), before + 1);
});

story('nothing is read in a tab that nobody sees; then the line stands where it began', {}, async (tab, mock) => {
  fill(mock, 'long', 1, 10);
  await signIn(tab);
  await sees(tab, 'line 10');
  const before = await readTo(tab, 'long');
  await hide(tab, true);
  fill(mock, 'long', 11, 12);
  await sees(tab, 'line 12');
  await settled(tab);
  assert.equal(await readTo(tab, 'long'), before);
  assert.equal(await tab.evaluate(() => document.title), '(2) long · Hubbub');
  await hide(tab, false);
  await tab.until('nothing unread', () => document.title === 'long · Hubbub');
  assert.equal(await readTo(tab, 'long'), before + 2);
  assert.equal(await tab.evaluate(() => document.querySelector('#log [data-kind=new]').nextElementSibling
    .querySelector('.text').textContent), 'line 11');
});

story('a room opens at the line above what is new, and its end is read when it is seen', {}, async (tab, mock) => {
  fill(mock, 'long', 1, 30);
  mock.say('other', 'ada', 'hello');
  await signIn(tab);
  await go(tab, 'long');
  await sees(tab, 'line 30');
  await go(tab, 'other');
  await inRoom(tab, 'other');
  fill(mock, 'long', 31, 150);
  await tab.until('the count', () => document.querySelector('[data-room=long] .badge')?.textContent === '99+');
  await go(tab, 'long');
  await topOf(tab, 'line 31');
  await settled(tab);
  const place = await tab.evaluate(() => {
    const line = document.querySelector('#log [data-kind=new]');
    return { top: line.getBoundingClientRect().top, next: line.nextElementSibling.querySelector('.text').textContent };
  });
  assert.equal(place.next, 'line 31');
  assert.ok(place.top > 60 && place.top < 400, `the line stands at ${place.top}`);
  const unread = Number(await tab.evaluate(() => /^\((\d+)\)/.exec(document.title)[1]));
  assert.ok(unread > 80 && unread < 120, `${unread} unread: what is in sight is read, what is below is not`);
  await tab.click('#jump');
  await tab.until('nothing unread', () => document.title === 'long · Hubbub' && !document.querySelector('[data-room=long] .badge'));
  await tab.type('#text', 'mine');
  await tab.press('Enter');
  await sees(tab, 'mine');
  assert.equal(await count(tab, '#log [data-kind=new]'), 0);
});

// --- A marker of what is missing ---------------------------------------------------------------------

const expected = /WebSocket connection to/;

/* ada has all up to line 40, and comes back when there are 700. */
async function longAway(tab, mock) {
  fill(mock, 'long', 1, 40);
  await signIn(tab);
  await sees(tab, 'line 40');
  await topOf(tab, 'line 1');
  mock.refusing = true;
  mock.cut(4007);
  await connection(tab, 'offline');
  fill(mock, 'long', 41, 700);
  mock.holds = true;
  mock.refusing = false;
  await sees(tab, 'line 700');
}

const says = (tab, words) => tab.until(`“${words}”`, (text) =>
  document.querySelector('#log [data-kind=gap]')?.textContent === text, words);

story('after a long absence the newest stand there at once, behind a marker, and a reload loses nothing', { expected }, async (tab, mock) => {
  await longAway(tab, mock);
  await says(tab, '560 messages not shown yet · loading…');
  assert.ok(await topOf(tab, 'line 700') < 800, 'at the end');
  mock.say('long', 'bob', 'line 701'); // and it goes on
  await sees(tab, 'line 701');
  await mock.release();
  mock.held.length = 0; // the next page never comes
  const arrived = () => mock.untold.filter(({ type }) => type === 'received').map(({ upTo }) => upTo);
  const told = arrived().length;
  await tab.reload();
  await sees(tab, 'line 701');
  assert.deepEqual(mock.hellos.at(-1).positions, { long: 42 }); // two joins are among them
  await says(tab, '561 messages not shown yet · loading…');
  assert.equal(await tab.evaluate(() => document.querySelector('#older').textContent), ''); // of what is not next to it, no word
  while (arrived().length < told + 1) { // on this connection
    await settled(tab);
  }
  assert.ok(arrived().every((upTo) => upTo <= 42), `nothing above the marker has arrived: ${arrived()}`);
  mock.refusing = true;
  mock.cut(4007);
  await says(tab, '561 messages not shown yet · waiting for a connection');
  mock.refusing = mock.holds = false;
  await tab.until('the marker to go', () => !document.querySelector('#log [data-kind=gap]'));
  const seen = new Set();
  for (let turn = 0; turn < 120 && !seen.has('line 1'); turn++) {
    const moved = await wheel(tab, -550);
    assert.ok(moved >= -2 && moved <= 552, `what was in sight moved by ${moved} px for a wheel of 550`);
    (await textsOf(tab)).forEach((text) => seen.add(text));
  }
  assert.equal(seen.size, 701);
  while (Math.max(...arrived()) < 703) { // and now all of it
    await settled(tab);
  }
});

/* Puts the marker so far below the top of the log, and gives where the two lines around it stand. */
const putMarker = (tab, share) => tab.evaluate((part) => {
  const scroller = document.querySelector('#scroller');
  const { top, height } = scroller.getBoundingClientRect();
  const marker = document.querySelector('#log [data-kind=gap]');
  scroller.scrollTop += marker.getBoundingClientRect().top - top - height * part;
}, share);

for (const [share, stays, where] of [[0.25, 'line 601', 'below'], [0.75, 'line 40', 'above']]) {
  story(`what stands ${where} a marker keeps its place while that is filled, and all is in order`, { expected }, async (tab, mock) => {
    await longAway(tab, mock);
    await tab.until('the marker in the log', () => document.querySelector('#log [data-kind=gap]'));
    await putMarker(tab, share);
    await settled(tab);
    const place = await topOf(tab, stays);
    assert.ok(place > 60 && place < 740, `${stays} is in sight, at ${place}`);
    for (let i = 0; i < 6; i++) {
      await mock.release();
      await settled(tab);
      mock.say('long', 'bob', `line ${701 + i}`);
      await settled(tab);
      assert.ok(Math.abs(await topOf(tab, stays) - place) < 2, `page ${i + 1}: ${await topOf(tab, stays)} for ${place}`);
      assert.ok(await count(tab, '#log [data-seq]') <= ROWS_MAX);
    }
    await tab.until('the marker to go', () => !document.querySelector('#log [data-kind=gap]'));
    const texts = await textsOf(tab);
    const first = Number(texts[0].slice(5));
    assert.deepEqual(texts, texts.map((_, i) => `line ${first + i}`), 'in order, without a gap');
    assert.ok(texts.includes(stays));
  });
}

const NASTY = ['<img src=x onerror="window.harm=1">', '<script>window.harm=1</script>', 'javascript:window.harm=1',
  'https://a.example/"onmouseover="window.harm=1', 'https://a.example/\'><img src=x onerror=window.harm=1>',
  'data:text/html,<script>window.harm=1</script>', 'https://user:word@a.example/'];

story('links can be followed, and nothing that was written becomes anything else', {}, async (tab, mock) => {
  mock.say('long', 'ada', 'hello');
  mock.say('long', 'bob', 'See https://a.example/tea?x=1&y=2#z, or mailto:ada@a.example.');
  NASTY.forEach((text) => mock.say('long', 'bob', text));
  await signIn(tab);
  await sees(tab, NASTY.at(-1));
  const links = await tab.evaluate(() => [...document.querySelectorAll('#log a')].map((node) =>
    [node.href, node.textContent, node.target, node.rel, node.attributes.length].join(' | ')));
  const safe = '_blank | noopener noreferrer nofollow | 3';
  assert.deepEqual(links, [
    `https://a.example/tea?x=1&y=2#z | https://a.example/tea?x=1&y=2#z | ${safe}`,
    `mailto:ada@a.example | mailto:ada@a.example | ${safe}`,
    `https://a.example/ | https://a.example/ | ${safe}`,
    `https://a.example/ | https://a.example/ | ${safe}`]);
  assert.deepEqual((await textsOf(tab)).slice(2), NASTY);
  assert.equal(await count(tab, '#log img, #log script, #log [onmouseover], #log [onerror]'), 0);
  assert.equal(await tab.evaluate(() => window.harm ?? 'none'), 'none');
});
