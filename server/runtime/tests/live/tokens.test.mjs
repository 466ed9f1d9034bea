/* Whose tokens a running hubbubd takes: keys of identity providers beside its own, each attack that is known, what
 * its log says of them, how keys are changed, and how the file of keys is kept. */
import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Chat } from './chat.mjs';
import { Hubbubd, folder, secret, test, until } from './harness.mjs';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const hmac = randomBytes(32);
const ISSUER = 'https://id.example/';

const pem = (pair) => pair.publicKey.export({ type: 'spki', format: 'pem' });
const KEYS = [
  { id: 'own', secret: hmac.toString('base64url') },
  { id: 'r/1=', alg: 'RS256', publicKey: pem(rsa), issuer: ISSUER, audience: 'hubbub' },
  { kid: 'e', ...ec.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' },
];
const CURSOR = { id: 1, secret: randomBytes(32).toString('base64url') };

/* A folder with such a file of keys in it. */
function withKeys(tokenKeys, more = {}) {
  const cwd = folder();
  fs.writeFileSync(path.join(cwd, 'hubbub.keys'), JSON.stringify({ tokenKeys, cursorKey: CURSOR, ...more }), { mode: 0o600 });
  return cwd;
}

const json = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const SIGNERS = {
  own: (text) => createHmac('sha256', hmac).update(text).digest(),
  r: (text) => createSign('sha256').update(text).sign(rsa.privateKey),
  e: (text) => createSign('sha256').update(text).sign({ key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
  der: (text) => createSign('sha256').update(text).sign(ec.privateKey),
  other: (text) => createSign('sha256').update(text).sign(other.privateKey),
  pem: (text) => createHmac('sha256', pem(rsa)).update(text).digest(), // what everybody knows as a secret
  none: () => Buffer.alloc(0),
  zeros: () => Buffer.alloc(64),
};

function token(by, header, claims) {
  const text = `${json(header)}.${json(claims)}`;
  const made = `${text}.${SIGNERS[by](text).toString('base64url')}`;
  secret(made);
  return made;
}

const now = Math.floor(Date.now() / 1000);
const OWN = { alg: 'HS256', kid: 'own' };
const R = { alg: 'RS256', kid: 'r/1=' };
const E = { alg: 'ES256', kid: 'e' };
const ADA = { sub: 'ada', exp: now + 600 };
const AT_R = { ...ADA, iss: ISSUER, aud: ['x', 'hubbub'] };

const GOOD = [
  ['HS256', 'own', OWN, ADA],
  ['RS256', 'r', R, AT_R],
  ['ES256', 'e', E, ADA],
  ['exp with a fraction and an exponent', 'own', OWN, `{"sub":"ada","exp":${(now + 600) / 1e9}e9,"iat":${now}.5}`],
  ['exp just past, within the leeway', 'own', OWN, { ...ADA, exp: now - 20 }],
  ['nbf just ahead, within the leeway', 'own', OWN, { ...ADA, nbf: now + 20 }],
  ['30 days', 'own', OWN, { ...ADA, iat: now, exp: now + 2592000 }],
];
const BAD = [
  ['alg none', 'none', { alg: 'none', kid: 'own' }, ADA, 'its alg is not'],
  ['alg none of a public key', 'none', { alg: 'none', kid: 'e' }, ADA, 'its alg is not'],
  ['a public key as a secret', 'pem', { alg: 'HS256', kid: 'r/1=' }, AT_R, 'its alg is not'],
  ['the same, as RS256', 'pem', R, AT_R, 'its signature is not'],
  ['another algorithm', 'own', { alg: 'HS384', kid: 'own' }, ADA, 'its alg is not'],
  ['crit', 'own', { ...OWN, crit: ['b64'], b64: false }, ADA, 'crit'],
  ['an unknown kid', 'own', { ...OWN, kid: 'nobody' }, ADA, 'it names no key'],
  ['no kid', 'own', { alg: 'HS256' }, ADA, 'it names no key'],
  ['another one\'s signature', 'other', R, AT_R, 'its signature is not'],
  ['a key in the token', 'other', { ...R, jwk: other.publicKey.export({ format: 'jwk' }) }, AT_R, 'its signature is not'],
  ['zeros', 'zeros', E, ADA, 'its signature is not'],
  ['DER', 'der', E, ADA, 'its signature is not'],
  ['over', 'own', OWN, { ...ADA, exp: now - 3600 }, /its exp is past, by 36\d\d s/],
  ['of 1969', 'own', OWN, { ...ADA, exp: -1 }, 'its exp is past'],
  ['not yet', 'own', OWN, { ...ADA, exp: now + 9000, nbf: now + 3600 }, /its nbf is yet to come, by 3[56]\d\d s/],
  ['nbf never', 'own', OWN, `{"sub":"ada","exp":${now + 60},"nbf":1e200}`, 'its nbf is yet to come'],
  ['for years', 'own', OWN, { ...ADA, exp: now + 1e9 }, 'longer than a token may be'],
  ['for ever', 'own', OWN, '{"sub":"ada","exp":1e200}', 'longer than a token may be'],
  ['since 1970', 'own', OWN, { ...ADA, iat: 0 }, 'longer than a token may be'],
  ['another issuer', 'r', R, { ...AT_R, iss: 'https://id.example' }, 'its iss is not'],
  ['no issuer', 'r', R, { ...AT_R, iss: undefined }, 'its iss is not'],
  ['another audience', 'r', R, { ...AT_R, aud: ['x', 'HUBBUB'] }, 'its aud does not'],
  ['no audience', 'r', R, { ...AT_R, aud: undefined }, 'its aud does not'],
  ['no exp', 'own', OWN, { sub: 'ada' }, 'it has no exp'],
  ['exp as text', 'own', OWN, { sub: 'ada', exp: String(now + 60) }, 'a claim is not of its type'],
  ['no sub', 'own', OWN, { exp: now + 60 }, 'it has no sub'],
  ['sub twice', 'own', OWN, `{"sub":"eve","sub":"ada","exp":${now + 60}}`, 'it is no signed JWT'],
];

test('keys of providers and its own are taken, each attack is refused alike, and the log says why', async () => {
  const node = await new Hubbubd([], { cwd: withKeys(KEYS) }).start();
  const ask = (made) => node.get('/api/rooms', { token: made });
  for (const [name, ...parts] of GOOD) {
    const answer = await ask(token(...parts));
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
  }
  assert.doesNotMatch(node.err, /token refused/);
  const answers = new Set();
  for (const [name, by, header, claims, why] of BAD) {
    const from = node.err.length;
    const answer = await ask(token(by, header, claims));
    assert.equal(answer.status, 401, `${name}: ${answer.text}`);
    answers.add(answer.text);
    const said = () => node.err.slice(from);
    await until(() => `${name}: the log says why, not ${said()}`, async () => {
      if (typeof why === 'string' ? said().includes(why) : why.test(said())) return true;
      await ask(token(by, header, claims)); // of each reason one line a second
      return false;
    });
  }
  assert.equal(answers.size, 1, 'one answer for every way to be wrong');
  await node.end();
});

test('people of a provider are their encoded ids, to themselves and to others', async () => {
  const [ada, bob] = ['_YWRhQGV4YW1wbGUub3Jn', '_YXV0aDB8MTI'];
  const node = await new Hubbubd([], { cwd: withKeys(KEYS) }).start();
  const tokens = [token('e', E, { ...ADA, sub: 'ada@example.org' }), token('r', R, { ...AT_R, sub: 'auth0|12' })];
  const chats = [new Chat(ada, tokens[0], [node]).connect(), new Chat(bob, tokens[1], [node]).connect()];
  await until('both are welcome', () => chats.every((chat) => chat.online));
  const send = (recipientId) => node.post('/api/messages', { clientId: 'c1', recipientId, content: 'hello bob' }, { token: tokens[0] });
  assert.equal((await send('auth0|12')).json.field, 'recipientId', 'a subject is no id');
  const answer = await send(bob);
  assert.equal(answer.status, 200, answer.text);
  const log = await node.log(tokens[1]);
  const [entry] = log.get(answer.json.roomId).filter(({ content }) => content === 'hello bob');
  assert.equal(entry.senderId, ada);
  const login = await node.post('/api/login', { user: 'ada@example.org' });
  secret(login.json.token);
  assert.equal(login.json.user, ada);
  assert.deepEqual([...(await node.log(login.json.token)).keys()], [answer.json.roomId], 'the same person, whoever signed');
  chats.forEach((chat) => chat.end());
  await node.end();
});

test('a key is changed by putting the new one in front, and taking the old one away later', async () => {
  const [k1, k2] = ['k1', 'k2'].map((id) => ({ id, secret: randomBytes(32).toString('base64url') }));
  const kidOf = (made) => JSON.parse(Buffer.from(made.split('.')[0], 'base64url')).kid;
  const cwd = withKeys([k1]);
  const lives = async (tokenKeys, body) => {
    fs.writeFileSync(path.join(cwd, 'hubbub.keys'), JSON.stringify({ tokenKeys, cursorKey: CURSOR }));
    const node = await new Hubbubd([], { cwd }).start();
    await body(node, async (made) => (await node.get('/api/rooms', { token: made })).status);
    await node.end();
  };
  let first;
  let second;
  await lives([k1], async (node) => {
    first = await node.login('ada');
    assert.equal(kidOf(first), 'k1');
  });
  await lives([k2, k1], async (node, status) => {
    second = await node.login('ada');
    assert.equal(kidOf(second), 'k2');
    assert.deepEqual([await status(first), await status(second)], [200, 200]);
  });
  await lives([k2], async (node, status) => assert.deepEqual([await status(first), await status(second)], [401, 200]));
});

test('where all keys are public, signing in by a name says so', async () => {
  const node = await new Hubbubd(['--login'], { cwd: withKeys([KEYS[2]], { issuer: ISSUER, tokenLifetimeS: 3600, tokenLeewayS: 0 }) }).start();
  await until('the log says so', () => /no key here signs/.test(node.err));
  const answer = await node.post('/api/login', { user: 'ada' });
  assert.equal(answer.status, 404);
  assert.match(answer.json.message, /no key here signs/);
  const status = async (claims) => (await node.get('/api/rooms', { token: token('e', E, { ...ADA, iss: ISSUER, ...claims }) })).status;
  assert.equal(await status({}), 200);
  assert.equal(await status({ iss: 'https://evil.test/' }), 401, 'the issuer of the whole file');
  assert.equal(await status({ exp: now + 7200 }), 401, 'its lifetime');
  assert.equal(await status({ exp: now - 20 }), 401, 'its leeway');
  await node.end();
});

test('keys that are made in a git checkout are said to be', async () => {
  const cwd = folder();
  const deep = path.join(cwd, 'a');
  fs.mkdirSync(path.join(cwd, '.git'));
  fs.mkdirSync(deep);
  const inside = await new Hubbubd([], { cwd: deep }).start();
  await until('it is told', () => inside.err.includes(`lies in the git checkout ${fs.realpathSync(cwd)}`));
  await inside.end();
  assert.equal(fs.statSync(path.join(deep, 'hubbub.keys')).mode & 0o777, 0o600);
  const again = await new Hubbubd([], { cwd: deep }).start();
  assert.doesNotMatch(again.err, /git checkout/, 'once, when they are made');
  await again.end();
  const outside = await new Hubbubd().start();
  assert.match(outside.err, /made fresh keys in hubbub\.keys/);
  assert.doesNotMatch(outside.err, /git checkout/);
  await outside.end();
});
