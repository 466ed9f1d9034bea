/* The page under load: 200 rooms, 4,000 messages, and 20 more each second, while somebody reads, scrolls,
 * writes and goes from room to room.
 *
 *   node --test load.test.mjs      (prints what it measured)
 *
 * A task is measured by what it had of a processor, so that what else runs on the machine is not judged; by the
 * clock it is only printed. The first content is a span of the clock: where it came late, the page is opened again,
 * and the best of a few counts.
 */

import assert from 'node:assert/strict';

import { open, sees, signIn, story, tasks } from './stage.mjs';

const CONTENT_MS_MAX = 1000; // from the navigation to the first message
const OPENINGS_MAX = 5;
const TASK_MS_MAX = 100;
const ROOMS = 200;
const MESSAGES = 4000;
const IN_BIG = 2000; // of them in one room
const RATE = 20; // a second
const SECONDS = 10;
const ROWS_MAX = 200; // of log.js

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/* Runs in the page, before it: tells the trace which page it is, and notes when the first message stood there. */
function measure() {
  performance.mark('this page');
  const look = () => {
    if (document.querySelector('#log [data-kind=message]')) {
      window.contentMs = performance.now();
    } else {
      requestAnimationFrame(look);
    }
  };
  look();
}

function fill(mock) {
  for (let i = 1; i < ROOMS; i++) {
    mock.say(`room-${i}`, 'ada', 'I was here');
  }
  mock.say('big', 'ada', 'I was here');
  for (let i = ROOMS; i < MESSAGES; i++) {
    mock.say(i < IN_BIG + ROOMS ? 'big' : `room-${1 + (i % (ROOMS - 1))}`, ['bob', 'eve', 'kim'][i % 3],
      `message ${i}: ${'some words of a usual length '.repeat(1 + (i % 4))}https://a.example/${i}`);
  }
}

/* RATE messages a second, half of them to the room in sight; gives how many there were. */
async function talk(mock, until) {
  let said = 0;
  const begins = Date.now();
  while (!until.done) {
    mock.say(said % 2 ? 'big' : `room-${1 + (said % (ROOMS - 1))}`, 'bob', `live ${said}`);
    said++;
    await pause(Math.max(0, begins + (said * 1000) / RATE - Date.now()));
  }
  return said;
}

/* What somebody does for some seconds: scrolls up and back, goes to other rooms and back, writes. */
async function use(tab) {
  const end = Date.now() + SECONDS * 1000;
  let rowsMost = 0;
  for (let turn = 0; Date.now() < end; turn++) {
    for (let step = 0; step < 8; step++) {
      await tab.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x: 640, y: 400, deltaX: 0, deltaY: step < 6 ? -700 : 4000 });
      await pause(60);
      rowsMost = Math.max(rowsMost, await tab.evaluate(() => document.querySelectorAll('#log [data-seq]').length));
    }
    await tab.type('#text', `a word of ada ${turn}`);
    await tab.press('Enter');
    await tab.evaluate((id) => document.querySelector(`[data-room="${id}"] button`).click(), `room-${turn + 1}`);
    await pause(300);
    await tab.evaluate(() => document.querySelector('[data-room=big] button').click());
    await pause(300);
  }
  return rowsMost;
}

const contentOf = async (tab) => Math.round(await tab.until('the first message', () => window.contentMs));

story(`${ROOMS} rooms, ${MESSAGES} messages and ${RATE} more a second leave the page at hand`, {}, async (first, mock, url) => {
  fill(mock);
  await signIn(first);
  await first.close(); // the browser knows her now, and has the files
  let [tab, rows, said] = [null, 0, 0];
  const contentMs = [];
  const done = await tasks('this page', async () => {
    tab = await open(first, `${url}#big`, { early: measure });
    contentMs.push(await contentOf(tab));
    const until = { done: false };
    const talking = talk(mock, until);
    rows = await use(tab);
    until.done = true;
    said = await talking;
    await tab.evaluate(() => document.querySelector('#jump').click());
    await sees(tab, mock.texts('big').at(-1));
  });
  const listed = await tab.evaluate(() => document.querySelectorAll('#room-list li').length);
  while (Math.min(...contentMs) >= CONTENT_MS_MAX && contentMs.length < OPENINGS_MAX) {
    await tab.close();
    tab = await open(first, `${url}#big`, { early: measure });
    contentMs.push(await contentOf(tab));
  }
  const longest = (key) => done.map((task) => Math.round(task[key])).sort((a, b) => b - a).slice(0, 5);
  console.log(`first content ${contentMs} ms; ${said} live messages; ${done.length} tasks, the longest ${longest('cpuMs')} ms of a ` +
    `processor, ${longest('ms')} ms by the clock; ${rows} entries in the document at most`);
  assert.ok(said >= RATE * SECONDS * 0.9, `${said} messages only: the test could not keep pace`);
  assert.ok(Math.min(...contentMs) < CONTENT_MS_MAX, `the first message stood after ${contentMs} ms`);
  assert.ok(done.length > 1000, 'the tasks were measured');
  assert.deepEqual(done.filter(({ cpuMs }) => cpuMs > TASK_MS_MAX), [], 'tasks that need too much of a processor');
  assert.ok(rows <= ROWS_MAX, `${rows} entries stand in the document`);
  assert.equal(listed, ROOMS);
});
