/* Tests of the page's pure parts: links, the order of rooms, what is read, the address, the items of the
 * log, what is read out, and the words for refusals.
 *
 *   node --test parts.test.mjs */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { directRoom, isDirect, sha256 } from '../../page/direct.js';
import { itemsOf, placeOf, placeOfNew } from '../../page/items.js';
import { linkParts } from '../../page/links.js';
import { nameOf, subjectOf, userIdOf } from '../../page/names.js';
import { News } from '../../page/news.js';
import { found, natural, ordered } from '../../page/order.js';
import { Reads } from '../../page/reads.js';
import { hashOf, placeOfHash } from '../../page/route.js';
import { Typing } from '../../page/typing.js';
import { beginningOf, failureOf, joinFailureOf, missing, titleOf, typing as typingWords } from '../../page/words.js';

// --- Links -------------------------------------------------------------------------------------------

/* What is a link in a text: its words, and where they lead if that is not the same. */
const LINKS = [
  ['https://a.example', 'https://a.example', 'https://a.example/'],
  ['see http://a.example/b?c=d&e=f#g now', 'http://a.example/b?c=d&e=f#g'],
  ['HTTPS://A.example/B', 'HTTPS://A.example/B', 'https://a.example/B'],
  ['mailto:ada@a.example', 'mailto:ada@a.example'],
  ['mailto:ada@a.example?subject=tea', 'mailto:ada@a.example?subject=tea'],
  ['https://a.example/b.', 'https://a.example/b'],
  ['Is it https://a.example/b?!', 'https://a.example/b'],
  ['(https://a.example/b)', 'https://a.example/b'],
  ['(see https://a.example/b_(c)).', 'https://a.example/b_(c)'],
  ['[https://a.example/[b]]', 'https://a.example/[b]'],
  ['"https://a.example/b"', 'https://a.example/b'],
  ['<https://a.example/b>', 'https://a.example/b'],
  ['**https://a.example/b**', 'https://a.example/b'],
  ['https://a.example/ü', 'https://a.example/ü', 'https://a.example/%C3%BC'],
  ['https://a.example:8443/', 'https://a.example:8443/'],
  ['http://[::1]:8080/', 'http://[::1]:8080/'],
  ['https://a.example/\u202emoc.live', 'https://a.example/'], // what turns the writing round ends it
  ['line\nhttps://a.example/\nline', 'https://a.example/'],
];

test('a link is what is written out, without the sentence around it', () => {
  for (const [text, words, href = words] of LINKS) {
    const parts = linkParts(text);
    assert.equal(parts.map((part) => part.text).join(''), text, 'the parts are the text');
    assert.deepEqual(parts.filter((part) => part.href), [{ text: words, href }], text);
  }
});

const NO_LINKS = ['', 'tea', 'a.example', 'www.a.example', 'http://', 'https:///', 'http:a.example', 'mailto:', 'mailto:ada',
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\nscript:alert(1)', ' javascript:alert(1)', 'javascript://a.example/%0aalert(1)',
  'javascript:https://a.example', 'view-source:https://a.example', 'xhttps://a.example', 'feed:https://a.example',
  'data:text/html,<script>alert(1)</script>', 'vbscript:msgbox', 'file:///etc/passwd', 'ftp://a.example', 'blob:https://a.example/1',
  'https://bank.example@a.example/', 'https://user:word@a.example/', 'https://a.example:99999/', 'https://%zz/',
  '<a href="javascript:alert(1)">x</a>', 'h\u200bttps://a.example'];

test('what is none stays text', () => {
  for (const text of NO_LINKS) {
    const hrefs = linkParts(text).flatMap(({ href }) => href ?? []);
    assert.deepEqual(hrefs, [], text);
    assert.equal(linkParts(text).map((part) => part.text).join(''), text);
  }
});

test('several links and the text between them keep their order; markup stays text', () => {
  assert.deepEqual(linkParts('<b>https://a.example/1</b>, http://a.example/2 & more'), [{ text: '<b>' },
    { text: 'https://a.example/1', href: 'https://a.example/1' }, { text: '</b>, ' },
    { text: 'http://a.example/2', href: 'http://a.example/2' }, { text: ' & more' }]);
});

test('whatever is a link is one of three kinds, and long rubbish costs no time', () => {
  const begins = Date.now();
  for (const piece of ['https://', 'http://(', 'mailto:', 'https://a.example/((((', '))))', '.,.,', 'javascript:']) {
    for (const { href } of linkParts(`https://a.example/${piece.repeat(8192 / piece.length)}`)) {
      assert.ok(href === undefined || /^(https?:\/\/[^/@]|mailto:.)/.test(href), href?.slice(0, 50));
    }
  }
  assert.ok(Date.now() - begins < 500, `${Date.now() - begins} ms`);
});

// --- The order of rooms, and the search -----------------------------------------------------------

const rooms = (...ids) => ids.map((each) => {
  const [id, unread = 0] = each.split(':');
  return { id, unread: Number(unread) };
});
const ids = (list) => list.map(({ id }) => id);

test('rooms stand as people count, whatever their case, and always alike', () => {
  const names = ['tea-10', 'tea-9', 'Tea-1', 'a10b2', 'a9b30', '2', '10', 'Z', 'b', 'B'];
  const sorted = ['2', '10', 'a9b30', 'a10b2', 'B', 'b', 'Tea-1', 'tea-9', 'tea-10', 'Z'];
  assert.deepEqual([...names].sort(natural), sorted);
  assert.deepEqual([...names].reverse().sort(natural), sorted);
});

test('unread rooms stand first, each part in natural order', () => {
  assert.deepEqual(ids(ordered(rooms('d', 'c:1', 'tea-10:5', 'tea-9:2', 'a'))), ['c', 'tea-9', 'tea-10', 'a', 'd']);
});

test('while the list is held, what stands stays, and what is new comes behind it', () => {
  const before = ['c', 'a'];
  assert.deepEqual(ids(ordered(rooms('a:7', 'b:1', 'c', 'A0'), { before, held: true })), ['c', 'a', 'A0', 'b']);
  assert.deepEqual(ids(ordered(rooms('a:7', 'b:1', 'c'), { before, held: false })), ['a', 'b', 'c']);
});

test('a search finds each word, in the room or in the other one of two, whatever the case', () => {
  const list = [...rooms('tea-time', 'Coffee'), { id: 'x1', other: { id: '_VGVvZG9yYQ', name: 'Teodora' } }];
  assert.deepEqual(ids(found(list, 'TE')), ['tea-time', 'x1']);
  assert.deepEqual(ids(found(list, ' time  te ')), ['tea-time']);
  assert.deepEqual(ids(found(list, '')), ['tea-time', 'Coffee', 'x1']);
  assert.deepEqual(ids(found(list, 'tea.*')), []);
});

// --- What is read ------------------------------------------------------------------------------------

const message = (seq, senderId = 'bob', more = {}) =>
  ({ type: 'message', seq, senderId, content: `text ${seq}`, timestamp: seq * 1000, ...more });
const join = (seq, event = 'join') => ({ type: 'room_event', event, seq, userId: 'bob', timestamp: seq * 1000 });
const room = (low, entries, historyDone = false) =>
  ({ id: 'r', low, next: low + entries.length, entries, historyDone });

test('what was there before a room was met is read; what comes then from others is not', () => {
  const reads = new Reads();
  reads.begin('e1');
  assert.equal(reads.meet(room(5, [])), true);
  assert.equal(reads.meet(room(5, [message(5)])), false);
  assert.equal(reads.unread(room(5, [message(5), message(6, 'ada'), join(7), message(8)]), 'ada'), 2);
});

test('of what is not loaded everything counts, unless there is nothing', () => {
  const reads = new Reads({ epoch: 'e1', rooms: { r: 3 } });
  assert.equal(reads.unread(room(10, [message(10)]), 'ada'), 7);
  assert.equal(reads.unread(room(10, [message(10)], true), 'ada'), 1);
  assert.equal(reads.unread({ ...room(0, []), next: 0 }, 'ada'), 0);
});

test('what a marker stands for counts as unread, as far as it is not read', () => {
  const reads = new Reads({ epoch: 'e1', rooms: { r: 5 } });
  const room = { id: 'r', low: 1, next: 12, historyDone: true, entries: [message(3), message(10), message(11)], gaps: [{ low: 4, high: 9 }] };
  assert.equal(reads.unread(room, 'ada'), 4 + 2);
  assert.equal(new Reads({ rooms: { r: 2 } }).unread(room, 'ada'), 1 + 6 + 2);
  assert.equal(new Reads({ rooms: { r: 10 } }).unread(room, 'ada'), 1);
});

test('reading goes forward only, and tabs agree on the greatest of the same log', () => {
  const reads = new Reads({ epoch: 'e1', rooms: { r: 3 } });
  assert.equal(reads.see('r', 5), true);
  assert.equal(reads.see('r', 5), false);
  assert.equal(reads.see('r', 4), false);
  reads.merge({ epoch: 'e1', rooms: { r: 4, q: 9 } });
  reads.merge({ epoch: 'e0', rooms: { r: 99 } });
  assert.deepEqual(reads.rooms, { r: 5, q: 9 });
  reads.begin('e1');
  assert.deepEqual(reads.rooms, { r: 5, q: 9 });
  reads.begin('e2');
  assert.deepEqual(reads.rooms, {});
});

// --- The address ------------------------------------------------------------------------------------

test('an address names a room, a person, nothing, or what nothing can be called', () => {
  for (const [hash, place] of [['', {}], ['#', {}], ['#tea', { room: 'tea' }], ['#%74ea', { room: 'tea' }],
    ['#a_B-9', { room: 'a_B-9' }], ['#@bob', { other: 'bob' }], ['#%40b_B-9', { other: 'b_B-9' }],
    ['#a/b', null], ['#<img>', null], ['#%', null], ['#a%20b', null], ['#@', null], ['#@@bob', null], ['#bob@', null],
    [`#${'x'.repeat(65)}`, null], [`#@${'x'.repeat(65)}`, null]]) {
    assert.deepEqual(placeOfHash(hash), place, hash);
  }
  assert.deepEqual(placeOfHash(hashOf({ id: 'tea-9', other: '' })), { room: 'tea-9' });
  assert.deepEqual(placeOfHash(hashOf({ id: directRoom('ada', 'bob'), other: 'bob' })), { other: 'bob' });
});

// --- Names ------------------------------------------------------------------------------------------------

/* PROTOCOL.md, "User ids", by other means. */
function idOf(subject) {
  const bytes = Buffer.from(subject);
  if (/^[A-Za-z0-9-][A-Za-z0-9_-]{0,63}$/.test(subject)) {
    return subject;
  }
  const whole = `_${bytes.toString('base64url')}`;
  return whole.length <= 64 ? whole : `_${createHash('sha256').update(bytes).digest('base64url')}`;
}

test('a subject is its user id, and an id is shown as the subject where that can be read', () => {
  const long = ['a'.repeat(65), '|'.repeat(48), 'é'.repeat(24)];
  const plain = ['ada', '-', 'A_b-9', 'a'.repeat(64)];
  const read = ['auth0|12', 'ada@example.org', '_x', '_YXV0aDB8MTI', 'Ada Lovelace', 'é', '李', '|'.repeat(47), 'https://id.example/u/1'];
  const odd = [' ada', 'ada ', 'ada\u200b|', '\u202eada|', 'a\tb', '\ufeffada|', ' '];
  for (const subject of [...long, ...plain, ...read, ...odd]) {
    const id = userIdOf(subject);
    assert.equal(id, idOf(subject), subject);
    assert.match(id, /^[A-Za-z0-9_-]{1,64}$/);
    assert.equal(nameOf(id), long.includes(subject) || odd.includes(subject) ? id : subject, subject);
  }
});

test('nobody is shown as somebody else', () => {
  for (const id of ['_YWRh', '_', '_A', '_YXV0aDB8MTI=', '_YXV0aDB8MTJ', '__w', '_gICA', `_${'A'.repeat(43)}`]) {
    assert.equal(nameOf(id), id);
  }
});

test('a token says whose it is, in whatever letters', () => {
  const token = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  for (const sub of ['ada', 'auth0|12', 'Zoë', '李']) {
    assert.equal(subjectOf(token({ sub })), sub);
  }
  for (const none of ['', 'rubbish', 'a.b.c', token({}), token({ sub: '' }), token({ sub: 7 }), token(null), token('ada')]) {
    assert.equal(subjectOf(none), null, none);
  }
});

// --- Direct chats ---------------------------------------------------------------------------------------

test('the hash is SHA-256, whatever the length', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 131 + (i >> 3)) % 256);
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    assert.equal(Buffer.from(sha256(part)).toString('hex'), createHash('sha256').update(part).digest('hex'), `${length}`);
  }
});

/* As in test_direct_name.c. */
const CHATS = [['ana', 'bob', 'dm-vCikivS9QXB57XAmwkT5l_ElFEPM-dwb6MJvmkKE'],
  ['ana', 'ana2', 'dm-NoT_vBARG9501GLPWejkvOfNQVOz-wMgT5-wEIsD'], ['Z', 'a', 'dm-l6yzdAgfFUS2TJSPQLjv9Cu8BjlZdy6bIZLOA8uB']];

test('the room of two is the same for both, and as the server calls it', () => {
  for (const [one, other, room] of CHATS) {
    assert.equal(directRoom(one, other), room);
    assert.equal(directRoom(other, one), room);
    assert.equal(isDirect(room), true);
  }
  const long = ['x'.repeat(64), `${'x'.repeat(63)}-`];
  assert.equal(directRoom(...long), `dm-${createHash('sha256').update(long.sort().join(':')).digest().subarray(0, 30).toString('base64url')}`);
  for (const none of ['dm-x', 'tea', `${CHATS[0][2]}x`, CHATS[0][2].slice(0, -1), CHATS[0][2].replace('dm-', 'DM-')]) {
    assert.equal(isDirect(none), false, none);
  }
});

test('a direct chat is called as the other one, and so found and ordered', () => {
  const chat = (other) => ({ id: directRoom('ada', other), direct: true, other });
  assert.deepEqual([chat('bob'), { ...chat('bob'), other: '' }, { id: 'tea', direct: false, other: '' }].map(titleOf), ['bob', 'Direct chat', 'tea']);
  const list = [{ id: 'cafe' }, { id: chat('bob').id, name: 'bob' }, { id: 'ark' }, { id: chat('Al').id, name: 'Al' }];
  assert.deepEqual(ordered(list).map(({ id, name = id }) => name), ['Al', 'ark', 'bob', 'cafe']);
  assert.deepEqual(found(list, 'BO').map(({ name }) => name), ['bob']);
  assert.deepEqual(found(list, 'dm'), [], 'nobody searches by a hash');
  assert.match(beginningOf({ ...chat('bob'), next: 0 }), /begins the chat with bob/);
  assert.match(beginningOf({ ...chat('bob'), next: 3 }), /your chat with bob begins/);
  assert.match(beginningOf({ id: 'tea', direct: false, next: 3 }), /tea begins for you/);
});

test('in a direct chat joins are no news, and a first message that is refused names the other one', () => {
  const entries = [join(1), join(2), message(3)];
  const kinds = (direct) => itemsOf({ entries, pending: [], user: 'ada', direct }).map(({ kind }) => kind).join(' ');
  assert.equal(kinds(true), 'day message');
  assert.equal(kinds(false), 'day event event message');
  assert.match(failureOf('no_place', 'bob'), /you or bob are in too many rooms/);
  assert.equal(failureOf('limit', 'bob'), failureOf('limit'));
  const [item] = itemsOf({ entries: [], user: 'ada', pending: [{ state: 'failed', message: { at: 1, code: 'no_place',
    frame: { type: 'send', recipientId: 'bob', clientId: 'c', content: 'x' } } }] }).slice(-1);
  assert.equal(item.other, 'bob');
});

// --- The items of the log -----------------------------------------------------------------------------

const HOUR = 3600000;
const noon = new Date(2024, 4, 5, 12).getTime();
const at = (seq, hours, senderId) => message(seq, senderId, { timestamp: noon + hours * HOUR + seq });

test('places are found by seq, and the first new message of others', () => {
  const entries = [message(3), message(4, 'ada'), join(5), message(6), message(9)];
  assert.deepEqual([1, 3, 4, 7, 9, 10].map((seq) => placeOf(entries, seq)), [0, 0, 1, 4, 4, 5]);
  assert.deepEqual([0, 1, 4, 7, 10].map((seq) => placeOfNew(entries, seq, 'ada')), [-1, 0, 3, 4, -1]);
});

test('what an item looks like does not depend on where the log is cut', () => {
  const entries = [at(1, -30, 'bob'), at(2, -30, 'bob'), join(3, 'unknown'), at(4, 0, 'bob'), at(5, 0, 'bob'),
    at(6, 0, 'eve'), join(7, 'unknown'), at(8, 0, 'eve'), at(9, 1, 'eve'), at(10, 24, 'eve')];
  entries[2].timestamp = entries[6].timestamp = noon;
  const whole = itemsOf({ entries, pending: [], user: 'ada', newFrom: 8 });
  assert.deepEqual(whole.map(({ kind }) => kind).join(' '),
    'day message message day message message message new message message day message');
  for (let from = 0; from <= entries.length; from++) {
    for (let to = from; to <= entries.length; to++) {
      const seqs = new Set(entries.slice(from, to).map(({ seq }) => seq));
      const wanted = whole.filter((item, i) => seqs.has(item.seq ?? whole.slice(i).find(({ seq }) => seq).seq));
      assert.deepEqual(itemsOf({ entries, pending: [], user: 'ada', newFrom: 8, from, to }), wanted, `${from} to ${to}`);
    }
  }
});

/* Entries 1 to 3, 8 and 9, and a marker between. */
const marked = (newFrom) => itemsOf({ entries: [at(1, 0, 'bob'), at(2, 0, 'bob'), at(3, 0, 'bob'), at(8, 0, 'bob'), at(9, 0, 'bob')],
  gaps: [{ low: 4, high: 7 }], loads: true, pending: [], user: 'ada', newFrom });

test('a marker stands where something is missing, below the line "New" if that is new, too', () => {
  const kinds = (items) => items.map(({ kind }) => kind).join(' ');
  const items = marked(0);
  assert.equal(kinds(items), 'day message message message gap day message message');
  assert.deepEqual([items[4].low, items[4].high, items[3].last, items[6].first], [4, 7, true, true]);
  assert.equal(kinds(marked(4)), 'day message message message new gap day message message');
  assert.equal(kinds(marked(6)), 'day message message message new gap day message message');
  assert.equal(kinds(marked(8)), 'day message message message gap new day message message');
  const own = { entries: [at(1, 0, 'bob'), at(8, 0, 'ada'), at(9, 0, 'bob')], gaps: [{ low: 2, high: 7 }], pending: [], user: 'ada' };
  assert.equal(kinds(itemsOf({ ...own, newFrom: 2 })), 'day message new gap day message message', 'also before an own message');
  assert.equal(kinds(itemsOf({ ...own, newFrom: 8 })), 'day message gap day message new message');
  assert.equal(kinds(marked(2)), 'day message new message message gap day message message');
  assert.equal(missing({ low: 4, high: 7 }, true), '4 messages not shown yet · loading…');
  assert.match(missing({ low: 7, high: 7 }, false), /^1 message not shown yet · waiting/);
});

test('a marker looks the same wherever the log is cut, and keeps its key while it shrinks from above', () => {
  const entries = [at(1, 0, 'bob'), at(2, 0, 'bob'), at(8, 0, 'bob'), at(9, 0, 'bob')];
  const options = { entries, gaps: [{ low: 3, high: 7 }], pending: [], user: 'ada' };
  const whole = itemsOf(options);
  for (let from = 0; from <= entries.length; from++) {
    for (let to = from; to <= entries.length; to++) {
      const seqs = new Set(entries.slice(from, to).map(({ seq }) => seq));
      const wanted = whole.filter((item, i) => seqs.has(item.seq ?? whole.slice(i).find(({ seq }) => seq).seq));
      assert.deepEqual(itemsOf({ ...options, from, to }), wanted, `${from} to ${to}`);
    }
  }
  const later = itemsOf({ ...options, entries: [...entries.slice(0, 2), at(7, 0, 'bob'), ...entries.slice(2)], gaps: [{ low: 3, high: 6 }] });
  const keyOf = (items) => items.find(({ kind }) => kind === 'gap').key;
  assert.equal(keyOf(later), keyOf(whole));
});

test('no two items have the same key, also when the clock goes back over midnight', () => {
  const entries = [at(1, 0), at(2, 24), at(3, 0), at(4, 24)];
  const keys = itemsOf({ entries, pending: [], user: 'ada' }).map(({ key }) => key);
  assert.equal(keys.length, 8);
  assert.equal(new Set(keys).size, 8);
});

// --- What is read out, and said -----------------------------------------------------------------------

test('one message is read out whole, many are counted, and what was said of another room is not', () => {
  const said = [];
  let run;
  const news = new News((text) => said.push(text), (later) => { run = later; });
  news.tell('bob', 'hello');
  run();
  news.tell('bob', 'one');
  news.tell('eve', 'x'.repeat(300));
  run();
  news.tell('bob', 'elsewhere');
  news.clear();
  run();
  assert.deepEqual(said, ['bob: hello', `2 new messages. The last one, eve: ${'x'.repeat(200)}…`]);
});

test('each code of a refusal has words of its own, and one that is not known is named', () => {
  const codes = ['denied', 'too_large', 'bad_field', 'conflict', 'clock_skew', 'clock_exhausted', 'limit', 'try_again', 'no_memory'];
  const texts = codes.map(failureOf);
  assert.equal(new Set(texts).size, codes.length);
  assert.ok(texts.every((text, i) => text.startsWith('Not sent: ') && !text.includes(codes[i])));
  assert.match(failureOf('new_code'), /new_code/);
  assert.match(joinFailureOf('tea', 'denied'), /“tea” is not open/);
});

// --- The page as a whole ------------------------------------------------------------------------------

test('the page names each module that its program needs, so that they come at once', () => {
  const page = new URL('../../page/', import.meta.url);
  const read = (name) => readFileSync(new URL(name, page), 'utf8');
  const needed = new Set(['app.js']);
  for (const name of needed) { // which grows meanwhile
    [...read(name).matchAll(/ from '\.\/([a-z]+\.js)'/g)].forEach(([, other]) => needed.add(other));
  }
  const named = [...read('index.html').matchAll(/(?:modulepreload" href|src)="([a-z]+\.js)"/g)].map(([, name]) => name);
  assert.deepEqual(named.sort(), [...needed].sort());
});

// --- Who types ---------------------------------------------------------------------------------------

function typist() {
  const said = [];
  let online = true;
  const typing = new Typing({ say: (type, room) => { if (online) said.push(`${type} ${room}`); return online; } });
  const taken = () => said.splice(0);
  return { typing, taken, offline: () => { online = false; typing.offline(); }, online: () => { online = true; } };
}

test('the first key is told at once, others after two seconds, the end three after the last', () => {
  const { typing, taken } = typist();
  typing.key('tea', false, 0);
  assert.deepEqual(taken(), ['typing_start tea']);
  for (let now = 200; now < 4000; now += 200) {
    typing.tick(now);
    typing.key('tea', false, now);
    assert.deepEqual(taken(), now % 2000 === 0 ? ['typing_start tea'] : [], `at ${now}`);
  }
  typing.tick(4000);
  assert.deepEqual(taken(), ['typing_start tea']);
  assert.equal(typing.wakeAt(), 6800);
  typing.tick(6799);
  assert.deepEqual(taken(), []);
  typing.tick(6800);
  assert.deepEqual(taken(), ['typing_stop tea']);
  assert.equal(typing.wakeAt(), Infinity);
});

test('an empty field, a message and another room end it at once; a lost connection without a word', () => {
  const { typing, taken, offline, online } = typist();
  typing.key('tea', false, 0);
  typing.key('tea', true, 10);
  assert.deepEqual(taken(), ['typing_start tea', 'typing_stop tea']);
  typing.key('tea', false, 20);
  typing.sent('pond');
  typing.sent('tea');
  assert.deepEqual(taken(), ['typing_start tea', 'typing_stop tea']);
  typing.key('tea', false, 30);
  typing.key('pond', false, 40);
  assert.deepEqual(taken(), ['typing_start tea', 'typing_stop tea', 'typing_start pond']);
  offline();
  typing.key('pond', false, 50);
  online();
  typing.tick(10000);
  assert.deepEqual(taken(), []);
  typing.key('pond', false, 10001);
  assert.deepEqual(taken(), ['typing_start pond']);
});

test('others are shown until a stop, a message, a leave, or five seconds', () => {
  const { typing, offline } = typist();
  const told = (type, userId, now) => typing.told({ type, roomId: 'tea', userId }, now);
  for (const user of ['ada', 'bob', 'cy', 'dot']) {
    told('typing_start', user, 0);
  }
  assert.deepEqual(typing.of('pond'), { users: [], others: 0 });
  told('typing_stop', 'ada', 1);
  typing.entry('tea', { type: 'message', senderId: 'bob' });
  typing.entry('tea', { type: 'room_event', event: 'join', userId: 'dot' });
  typing.entry('tea', { type: 'room_event', event: 'leave', userId: 'cy' });
  typing.told({ type: 'typing_room', roomId: 'tea', others: 2 }, 1000);
  assert.deepEqual(typing.of('tea'), { users: ['dot'], others: 2 });
  assert.equal(typing.wakeAt(), 5000);
  typing.tick(5000);
  assert.deepEqual(typing.of('tea'), { users: [], others: 2 });
  told('typing_start', 'dot', 5500);
  typing.tick(6000);
  assert.deepEqual(typing.of('tea'), { users: ['dot'], others: 0 });
  offline();
  assert.deepEqual(typing.of('tea'), { users: [], others: 0 });
});

test('who types is said in a sentence', () => {
  assert.equal(typingWords({ users: [], others: 0 }), '');
  assert.equal(typingWords({ users: ['ada'], others: 0 }), 'ada is typing…');
  assert.equal(typingWords({ users: ['ada', 'bob'], others: 0 }), 'ada and bob are typing…');
  assert.equal(typingWords({ users: ['ada', 'bob', 'cy'], others: 1 }), 'ada, bob, cy, and 1 other are typing…');
  assert.equal(typingWords({ users: ['ada'], others: 12 }), 'ada and 12 others are typing…');
});
