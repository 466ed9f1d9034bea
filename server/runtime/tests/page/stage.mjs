/* The stage of the page's tests against mock.mjs: one browser for a file, a server and a person for each
 * test, and what people do. SHOTS=FOLDER keeps a screenshot of each test's end. */

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser } from './browser.mjs';
import { Mock } from './mock.mjs';

const folder = process.env.SHOTS;
let browser;

before(async () => {
  if (folder) {
    await mkdir(folder, { recursive: true });
  }
  browser = await Browser.launch();
});

after(() => browser?.close());

/* `run(tab, mock, url)`; at the end no tab may have complained but of what `expected` says. */
export function story(name, { looks, query = '', expected = /^$/, ...options }, run) {
  test(name, async () => {
    const mock = new Mock(options);
    const url = await mock.listen();
    const tab = await browser.open(url + query, looks);
    try {
      await run(tab, mock, url);
      assert.deepEqual(tab.problems.filter((problem) => !expected.test(problem)), []);
    } catch (error) {
      error.message += `\nthe tab complained: ${tab.problems.join('; ')}`;
      throw error;
    } finally {
      if (folder && !tab.closed) {
        await tab.screenshot(join(folder, `${name.replace(/[^a-z]+/gi, '-')}.png`));
      }
      await browser.closeContext(tab);
      mock.close();
    }
  });
}

/* Another one in the middle of a test. */
export async function shoot(tab, name) {
  if (folder) {
    await tab.screenshot(join(folder, `${name}.png`));
  }
}

export const tasks = (mark, run) => browser.tasks(mark, run);

/* Another tab of the same browser. */
export const open = (tab, url, looks) => browser.open(url, { ...looks, context: tab.contextId });

export const connection = (tab, wanted) => tab.until(wanted,
  (state) => document.documentElement.dataset.connection === state, wanted);

export const signInShown = (tab) => tab.until('the sign-in', () => document.documentElement.dataset.view === 'signin' &&
  !document.querySelector('#signin-button').disabled);

export async function signIn(tab, name = 'ada') {
  await signInShown(tab);
  await tab.evaluate(() => { document.querySelector('#name').value = ''; });
  await tab.type('#name', name);
  await tab.press('Enter');
  await connection(tab, 'online');
}

export async function lobby(tab) {
  await signIn(tab);
  await tab.click('#empty-action');
  await tab.until('the own joining', () => document.querySelector('#log [data-kind=event]'));
}

export async function write(tab, text) {
  await tab.type('#text', text);
  await tab.press('Enter');
}

export const sees = (tab, text, state = 'acked') => tab.until(`“${text}” ${state}`, (wanted, how) =>
  [...document.querySelectorAll('#log [data-kind=message]')].some((row) =>
    row.querySelector('.text').textContent === wanted && row.dataset.state === how), text, state);

export const banner = (tab, part) => tab.until(`a banner with “${part}”`,
  (text) => document.querySelector('#banner-text').textContent.includes(text), part);

export const count = (tab, css) => tab.evaluate((selector) => document.querySelectorAll(selector).length, css);

/* What stands in the log: the texts of its messages, top to bottom. */
export const textsOf = (tab) => tab.evaluate(() =>
  [...document.querySelectorAll('#log .text')].map((node) => node.textContent));

export const inRoom = (tab, id) => tab.until(`room ${id}`,
  (wanted) => document.querySelector('#room-title').textContent === wanted, id);

/* Where a line stands on the screen, once it is there. */
export const topOf = (tab, text) => tab.until(`“${text}”`, (wanted) =>
  [...document.querySelectorAll('#log .text')].find((node) => node.textContent === wanted)
    ?.getBoundingClientRect().top, text);
