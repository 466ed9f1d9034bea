/* The room of two people, by their names. Pure.
 *
 * SHA-256 stands here because crypto.subtle is missing where the page came neither by TLS nor from this machine,
 * as over plain HTTP in somebody's own network, and answers later. A chat needs its room at once: draft, outbox
 * and address go by it, and the server says its name only when something was written. */

const ROUND = Uint32Array.from(`
  428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5 d807aa98 12835b01 243185be 550c7dc3
  72be5d74 80deb1fe 9bdc06a7 c19bf174 e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da
  983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967 27b70a85 2e1b2138 4d2c6dfc 53380d13
  650a7354 766a0abb 81c2c92e 92722c85 a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070
  19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3 748f82ee 78a5636f 84c87814 8cc70208
  90befffa a4506ceb bef9a3f7 c67178f2`.trim().split(/\s+/), (word) => parseInt(word, 16));
const BEGIN = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const BLOCK_BYTES = 64;
const END_BYTES = 9; // a one bit, and the length as 64 bits
const NAME_BYTES = 30; // of the hash

const turned = (word, by) => (word >>> by) | (word << (32 - by));

function mixed(state, block) {
  const w = new Uint32Array(BLOCK_BYTES);
  for (let i = 0; i < 16; i++) {
    w[i] = block.getUint32(4 * i);
  }
  for (let i = 16; i < 64; i++) {
    const [x, y] = [w[i - 15], w[i - 2]];
    w[i] = w[i - 16] + (turned(x, 7) ^ turned(x, 18) ^ (x >>> 3)) + w[i - 7] + (turned(y, 17) ^ turned(y, 19) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + state[i]) | 0);
}

/* Of at most 2^29 bytes, as bytes. */
export function sha256(bytes) {
  const padded = new Uint8Array(Math.ceil((bytes.length + END_BYTES) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setUint32(padded.length - 4, bytes.length * 8);
  let state = BEGIN;
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) {
    state = mixed(state, new DataView(padded.buffer, at));
  }
  const hash = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => hash.setInt32(4 * i, word));
  return new Uint8Array(hash.buffer);
}

/* Whether rooms of such a name are of two people: others cannot be made. */
export const isDirect = (roomId) => /^dm-[A-Za-z0-9_-]{40}$/.test(roomId);

export function directRoom(one, other) {
  const [lesser, greater] = one < other ? [one, other] : [other, one]; // ids are ASCII: that is by bytes
  const hash = sha256(new TextEncoder().encode(`${lesser}:${greater}`));
  const name = btoa(String.fromCharCode(...hash.subarray(0, NAME_BYTES)));
  return `dm-${name.replaceAll('+', '-').replaceAll('/', '_')}`;
}
