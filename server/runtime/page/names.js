/* What people are called, and which user id that is (PROTOCOL.md, "User ids"). Pure. */

import { isId } from './client.js';
import { sha256 } from './direct.js';

const READABLE_BYTES_MAX = 47; // of more the id is a hash
const READABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}](?:[\p{L}\p{M}\p{N}\p{P}\p{S} ]*[\p{L}\p{M}\p{N}\p{P}\p{S}])?$/u;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

/* Of what an identity provider calls somebody, `sub`: a text that is not empty. */
export function userIdOf(subject) {
  if (isId(subject) && !subject.startsWith('_')) {
    return subject;
  }
  const bytes = new TextEncoder().encode(subject);
  return `_${base64url(bytes.length <= READABLE_BYTES_MAX ? bytes : sha256(bytes))}`;
}

const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

/* A name to show. Nobody is shown as another: what is read back has to be what that id is of, and hidden or turning
 * letters, and blanks around it, stay encoded. */
export function nameOf(id) {
  if (!id.startsWith('_')) {
    return id;
  }
  try {
    const subject = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(id.slice(1)));
    return READABLE.test(subject) && userIdOf(subject) === id ? subject : id;
  } catch {
    return id; // a hash, or none of ours
  }
}

/* The claims of a token, which the server will verify, or null: the subject and its user id. */
export function subjectOf(token) {
  try {
    const { sub } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(token.split('.')[1])));
    return typeof sub === 'string' && sub !== '' ? sub : null;
  } catch {
    return null;
  }
}
