/* The list of rooms, the address and the keyboard in a real browser; and what a screen reader, weak eyes
 * and large fingers need, of all that the page can show.
 *
 *   node --test rooms.test.mjs      (SHOTS=FOLDER keeps a screenshot of each)
 */

import assert from 'node:assert/strict';

import { directRoom } from './mock.mjs';
import { connection, count, inRoom, lobby, open, sees, shoot, signIn, signInShown, story, write } from './stage.mjs';

const listed = (tab) => tab.evaluate(() => [...document.querySelectorAll('#room-list li')].map((row) => row.dataset.room));

const lists = (tab, ids) => tab.until(`the rooms ${ids}`, (wanted) =>
  [...document.querySelectorAll('#room-list li')].map((row) => row.dataset.room).join() === wanted, ids.join());

const rest = (tab) => tab.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: 700, y: 300 });

/* Where the keyboard is: the id of what has it, or its room. */
const focus = (tab, wanted) => tab.until(`the focus at ${wanted}`, (id) =>
  (document.activeElement.id || document.activeElement.closest('[data-room]')?.dataset.room) === id, wanted);

function members(mock, ...ids) {
  ids.forEach((id) => mock.say(id, 'ada', 'hello'));
}

/* Nothing is shown anew because of the time: what is to be shown, somebody did or said. */
const still = '/?idle=600000,1,600000';

story('unread rooms come first, each part as people count; a search finds some of them', { query: still }, async (tab, mock) => {
  members(mock, 'tea-10', 'tea-9', 'coffee', 'Apples', 'tea-1');
  await signIn(tab);
  await inRoom(tab, 'Apples');
  await lists(tab, ['Apples', 'coffee', 'tea-1', 'tea-9', 'tea-10']);
  mock.say('tea-10', 'bob', 'one');
  mock.say('tea-9', 'bob', 'one');
  mock.say('tea-9', 'bob', 'two');
  mock.say('Apples', 'bob', 'seen at once');
  await lists(tab, ['tea-9', 'tea-10', 'Apples', 'coffee', 'tea-1']);
  assert.deepEqual(await tab.evaluate(() => [...document.querySelectorAll('#room-list .badge')].map((node) => node.textContent)), ['2', '1']);
  await tab.until('the sum in the title', () => document.title === '(3) Apples · Hubbub');
  await tab.type('#room-search', 'TEA');
  await lists(tab, ['tea-9', 'tea-10', 'tea-1']);
  await tab.send('Input.insertText', { text: 'pot' });
  await tab.until('that there is none', () => document.querySelector('#room-none').textContent !== '');
  assert.deepEqual(await listed(tab), []);
  await tab.press('Escape');
  await lists(tab, ['tea-9', 'tea-10', 'Apples', 'coffee', 'tea-1']);
});

story('who types is shown until they wrote, and that one types is told until one did', {}, async (tab, mock) => {
  await lobby(tab);
  const types = (words) => tab.until(`“${words}”`, (wanted) => document.querySelector('#typing').textContent === wanted, words);
  mock.tell({ type: 'typing_start', roomId: 'lobby', userId: 'bob' });
  mock.tell({ type: 'typing_start', roomId: 'lobby', userId: 'eve' });
  mock.tell({ type: 'typing_start', roomId: 'elsewhere', userId: 'dot' });
  await types('bob and eve are typing…');
  mock.say('lobby', 'bob', 'hello');
  await types('eve is typing…');
  await types(''); // after five seconds
  await tab.type('#text', 'h');
  await tab.press('Enter');
  await sees(tab, 'h');
  assert.deepEqual(mock.typed, ['typing_start', 'typing_stop'].map((type) => ({ type, roomId: 'lobby' })));
});

story('what a hand is about to choose does not move away from it', {}, async (tab, mock) => {
  members(mock, 'a', 'b', 'c', 'd');
  await signIn(tab);
  await lists(tab, ['a', 'b', 'c', 'd']);
  const at = await tab.where('[data-room=b] button');
  await tab.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...at });
  mock.say('d', 'bob', 'hello');
  await tab.until('the count', () => document.querySelector('[data-room=d] .badge')?.textContent === '1');
  assert.deepEqual(await listed(tab), ['a', 'b', 'c', 'd']);
  await rest(tab);
  await lists(tab, ['d', 'a', 'b', 'c']);
});

story('the room stands in the address: Back goes back, a link leads in, a reload stays', {}, async (tab, mock, url) => {
  members(mock, 'a', 'b', 'c');
  const hash = () => tab.evaluate(() => location.hash);
  await signIn(tab);
  await inRoom(tab, 'a');
  assert.equal(await hash(), '#a');
  await tab.click('[data-room=b] button');
  await tab.click('[data-room=c] button');
  await inRoom(tab, 'c');
  assert.equal(await hash(), '#c');
  await tab.evaluate(() => history.back());
  await inRoom(tab, 'b');
  await tab.evaluate(() => history.back());
  await inRoom(tab, 'a');
  await tab.evaluate(() => history.forward());
  await inRoom(tab, 'b');
  await tab.reload();
  await inRoom(tab, 'b');
  const second = await open(tab, `${url}#c`);
  await inRoom(second, 'c');
  await second.evaluate(() => { location.hash = '#a'; });
  await inRoom(second, 'a');
});

story('a link waits for the sign-in; a room of others says so and can be joined; what is none says so', {}, async (first, mock, url) => {
  members(mock, 'mine');
  mock.say('theirs', 'bob', 'hello');
  mock.rooms.get('theirs').open = true;
  mock.say('closed', 'bob', 'hello');
  mock.rooms.get('closed').open = false;
  const tab = await open(first, `${url}#theirs`);
  await signIn(tab);
  const says = (title) => tab.until(`“${title}”`, (text) =>
    document.querySelector('#empty').checkVisibility() && document.querySelector('#empty-title').textContent === text, title);
  await says('You are not in “theirs”');
  assert.equal(await count(tab, '#log li'), 0);
  assert.equal(await tab.evaluate(() => document.querySelector('#composer').checkVisibility()), false);
  assert.deepEqual(await listed(tab), ['mine']); // it is not joined unasked
  await tab.click('#empty-action');
  await inRoom(tab, 'theirs');
  await tab.evaluate(() => { location.hash = '#a/b'; });
  await says('This is no room');
  assert.equal(await tab.evaluate(() => document.querySelector('#empty-action').checkVisibility()), false);
  await tab.evaluate(() => { location.hash = '#closed'; });
  await says('You are not in “closed”');
  await tab.click('#empty-action');
  await tab.until('that it is closed', () => document.querySelector('#empty-text').textContent === '“closed” is not open to you.');
  await tab.click('[data-room=mine] button');
  await inRoom(tab, 'mine');
  await tab.click('#leave');
  await tab.click('#ask-yes');
  await inRoom(tab, 'theirs');
  assert.equal(await tab.evaluate(() => location.hash), '#theirs');
});

story('all of it can be done by keyboard', {}, async (tab, mock) => {
  members(mock, 'a', 'b', 'c');
  await signIn(tab);
  await inRoom(tab, 'a');
  await focus(tab, 'text');
  await tab.evaluate(() => document.querySelector('#room-search').focus());
  await tab.press('ArrowDown');
  await focus(tab, 'a');
  for (const [key, room] of [['ArrowDown', 'b'], ['ArrowDown', 'c'], ['ArrowDown', 'c'], ['Home', 'a'], ['End', 'c'], ['ArrowUp', 'b']]) {
    await tab.press(key);
    await focus(tab, room);
  }
  mock.say('c', 'bob', 'hello'); // the list does not move, nor the keyboard in it
  await tab.until('the count', () => document.querySelector('[data-room=c] .badge'));
  await focus(tab, 'b');
  assert.deepEqual(await listed(tab), ['a', 'b', 'c']);
  assert.equal(await count(tab, '#room-list [tabindex="0"]'), 1); // one stop of the Tab key
  await tab.press('Enter');
  await inRoom(tab, 'b');
  await focus(tab, 'text');
  await write(tab, 'hello from the keyboard');
  await sees(tab, 'hello from the keyboard');
  await tab.evaluate(() => document.querySelector('#room-search').focus());
  await tab.press('ArrowDown');
  await tab.press('Escape');
  await focus(tab, 'text');
  await tab.type('#room-search', 'c');
  await tab.press('Enter');
  await inRoom(tab, 'c');
  assert.equal(await tab.evaluate(() => document.querySelector('#room-search').value), '');
  await tab.evaluate(() => document.querySelector('#people-close').focus());
  await tab.press('Escape');
  await focus(tab, 'people-open');
  await tab.evaluate(() => document.querySelector('#scroller').focus());
  await tab.press('Escape');
  await focus(tab, 'text');
});

story('on a narrow screen the rooms are a drawer that takes the keyboard, and gives it back',
  { looks: { width: 390, height: 844 } }, async (tab, mock) => {
    members(mock, 'a', 'b');
    await signIn(tab);
    await inRoom(tab, 'a');
    await tab.click('#drawer-open');
    await focus(tab, 'a');
    mock.say('a', 'bob', 'behind the drawer');
    await tab.until('that it is not read', () => document.querySelector('[data-room=a] .badge')?.textContent === '1');
    await tab.press('Escape');
    await focus(tab, 'drawer-open');
    await tab.until('that it is read', () => !document.querySelector('[data-room=a] .badge'));
    await tab.click('#drawer-open');
    await tab.press('ArrowDown');
    await tab.press('Enter');
    await inRoom(tab, 'b');
    await focus(tab, 'room-title');
  });

story('what comes is read out once, and what is loaded is not', {}, async (tab, mock) => {
  members(mock, 'a', 'b');
  mock.say('a', 'bob', 'old');
  await signIn(tab);
  await sees(tab, 'old');
  await tab.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.querySelector('#announce').textContent))
      .observe(document.querySelector('#announce'), { childList: true });
  });
  mock.say('a', 'bob', 'new');
  mock.say('b', 'bob', 'elsewhere');
  await tab.until('that it is read out', () => window.said.join() === 'bob: new');
  assert.deepEqual(await tab.evaluate(() => ['log', 'announce', 'banner', 'room-error'].map((id) => {
    const node = document.getElementById(id);
    return `${node.getAttribute('role')} ${node.getAttribute('aria-live') ?? ''}`.trim();
  })), ['log off', 'status', 'status', 'alert']);
});

// --- Names, sizes and contrast of all that is shown --------------------------------------------------------

const PRESSED = ['button', 'textbox', 'searchbox', 'link', 'radio', 'combobox', 'checkbox'];

/* What a screen reader would be told of, and has no name; a placeholder is none, because it goes. */
async function nameless(tab) {
  const unlabelled = await tab.evaluate(() => [...document.querySelectorAll('input, textarea, select')]
    .filter((node) => node.checkVisibility() && node.labels.length === 0 && !node.ariaLabel).map(({ id }) => id));
  const { nodes } = await tab.send('Accessibility.getFullAXTree');
  return unlabelled.concat(nodes.filter(({ ignored, role, name }) => !ignored && [...PRESSED, 'log', 'region', 'navigation', 'dialog', 'complementary', 'img']
    .includes(role?.value) && !name?.value).map(({ role }) => role.value));
}

/* What can be pressed and is less than 44 px high or wide. A radio is pressed by its label; a link in a text is as
 * high as its line (WCAG 2.5.5). */
const small = (tab) => tab.evaluate(() => [...document.querySelectorAll('button, input, select, textarea, [role=button]')]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }))
  .map((node) => (node.type === 'radio' ? node.closest('label') : node.id === 'text' ? node.closest('.box') : node))
  .map((node) => ({ node, box: node.getBoundingClientRect() }))
  .filter(({ box }) => box.width < 43.9 || box.height < 43.9)
  .map(({ node, box }) => `${node.id || node.className || node.textContent}: ${box.width} x ${box.height}`));

/* Texts whose contrast to what is painted behind them is below 4.5:1, as the browser computes the colours. */
const faint = (tab) => tab.evaluate(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((x) => x / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = new Map();
  const look = (node, text, style) => {
    const grounds = [];
    for (let at = node; at; at = at.parentElement) {
      grounds.unshift(getComputedStyle(at).backgroundColor);
      if (at.matches('dialog')) {
        break;
      }
    }
    const ground = paint(grounds);
    const ink = paint([...grounds, style.color]);
    const [low, high] = [light(ground), light(ink)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) {
      found.set(`${node.className || node.id || node.tagName} “${text.slice(0, 20)}”: ${ratio.toFixed(2)}`, true);
    }
  };
  for (const node of document.querySelectorAll('body *:not(noscript)')) {
    if (!node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) {
      continue;
    }
    const text = [...node.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data.trim()).join('');
    if (text && node.getBoundingClientRect().width > 1) { // else it is only read out
      look(node, text, getComputedStyle(node));
    }
    if (node.placeholder && !node.value) {
      look(node, node.placeholder, getComputedStyle(node, '::placeholder'));
    }
  }
  return [...found.keys()];
});

async function good(tab, what) {
  for (const dark of [false, true]) {
    await tab.scheme(dark);
    assert.deepEqual(await faint(tab), [], `contrast of ${what}, ${dark ? 'dark' : 'light'}`);
  }
  await tab.scheme(false);
  assert.deepEqual(await small(tab), [], `sizes of ${what}`);
  assert.deepEqual(await nameless(tab), [], `names of ${what}`);
}

story('all that is shown has a name, a contrast of 4.5:1 and a size of 44 px', { expected: /WebSocket connection/ }, async (tab, mock, url) => {
  await signInShown(tab);
  await tab.type('#name', ' ');
  await tab.press('Enter');
  await tab.until('the problem', () => document.querySelector('#signin-error').textContent !== '');
  await good(tab, 'the sign-in');
  await lobby(tab);
  members(mock, 'unread');
  mock.say('unread', 'bob', 'hello');
  mock.say('lobby', 'bob', 'See https://a.example/');
  await write(tab, 'and https://b.example/');
  await write(tab, '!deny');
  await sees(tab, '!deny', 'failed');
  await tab.type('#text', 'a'.repeat(8200));
  await good(tab, 'a room');
  await tab.click('#me-button');
  await good(tab, 'the status');
  await tab.press('Escape');
  await tab.type('#room-search', 'none is called so');
  await tab.type('#room-input', 'no name');
  await tab.press('Enter');
  await good(tab, 'a search without an end, and no name of a room');
  await tab.evaluate(() => { location.hash = '#elsewhere'; });
  await tab.until('the other room', () => document.querySelector('#empty').checkVisibility());
  await good(tab, 'a room of others');
  mock.refusing = true;
  mock.cut(4007);
  await connection(tab, 'offline');
  await tab.evaluate(() => { location.hash = '#lobby'; });
  await inRoom(tab, 'lobby');
  await tab.evaluate(() => { document.querySelector('#text').value = ''; document.querySelector('#text').dispatchEvent(new Event('input')); });
  await write(tab, 'waiting');
  await sees(tab, 'waiting', 'waiting');
  await good(tab, 'a lost connection');
  const phone = await open(tab, `${url}#lobby`, { width: 390, height: 844 });
  await phone.until('the page', () => document.documentElement.dataset.view === 'chat');
  await good(phone, 'a phone');
  await phone.click('#drawer-open');
  await good(phone, 'its drawer');
});

story('a direct chat, the list of people and a marker have them, too, wide and on a phone', { expected: /WebSocket connection/ }, async (tab, mock, url) => {
  const fill = (from, to) => {
    for (let i = from; i <= to; i++) {
      mock.say('tea', i % 3 === 0 ? 'bob' : i % 3 === 1 ? 'ada' : 'x', `line ${i}`);
    }
  };
  fill(0, 30);
  await signIn(tab);
  await sees(tab, 'line 30');
  await good(tab, 'names beside messages');
  await shoot(tab, 'people');
  mock.refusing = true;
  mock.cut(4007);
  await connection(tab, 'offline');
  fill(31, 400);
  mock.holds = true;
  mock.refusing = false;
  await sees(tab, 'line 400');
  const toMarker = (at) => at.until('the marker in sight', () => {
    const marker = document.querySelector('#log [data-kind=gap]');
    marker?.scrollIntoView({ block: 'center' });
    return marker && !marker.textContent.includes('waiting');
  });
  await toMarker(tab);
  await good(tab, 'a marker');
  await shoot(tab, 'marker');
  await tab.click('#people-close');
  await tab.viewport(390, 844);
  await toMarker(tab);
  await good(tab, 'a marker on a phone');
  await shoot(tab, 'marker-phone');
  await tab.viewport(1280, 800);
  mock.holds = false;
  await mock.release();
  const phone = await open(tab, `${url}#tea`, { width: 390, height: 844 });
  await phone.until('the page', () => document.documentElement.dataset.view === 'chat');
  await inRoom(phone, 'tea');
  await sees(phone, 'line 400');
  await phone.click('#people-open');
  await good(phone, 'people on a phone');
  await shoot(phone, 'people-phone');
  await phone.click('[data-person=bob] button');
  await inRoom(phone, 'bob');
  await good(phone, 'a chat that is not there yet');
  await shoot(phone, 'direct-new-phone');
  mock.write('bob', 'ada', 'psst, ada: did you see what stands in tea?');
  await sees(phone, 'psst, ada: did you see what stands in tea?');
  await write(phone, 'not yet');
  await sees(phone, 'not yet');
  await write(phone, '!deny');
  await sees(phone, '!deny', 'failed');
  mock.tell({ type: 'typing_start', roomId: directRoom('ada', 'bob'), userId: 'bob' });
  await good(phone, 'a direct chat');
  await shoot(phone, 'direct-phone');
  await phone.click('#drawer-open');
  await good(phone, 'a direct chat in the list');
  await shoot(phone, 'drawer-phone');
  await tab.evaluate(() => { location.hash = '#@bob'; });
  await inRoom(tab, 'bob');
  await sees(tab, 'not yet');
  await good(tab, 'a wide direct chat');
  await shoot(tab, 'direct');
  await tab.scheme(true);
  await shoot(tab, 'direct-dark');
});
