/* What stands in the address: a room, `#tea`, or the other one of a direct chat, `#@bob`. Pure. */

import { isId } from './client.js';

export const hashOf = ({ id, other }) => `#${other ? `@${other}` : id}`;

/* {room} or {other}; {} is neither, null what no room and nobody can be called. */
export function placeOfHash(hash) {
  let text = hash.replace(/^#/, '');
  try {
    text = decodeURIComponent(text);
  } catch {
    return null;
  }
  if (text === '') {
    return {};
  }
  const other = text.startsWith('@');
  const id = other ? text.slice(1) : text;
  return isId(id) ? { [other ? 'other' : 'room']: id } : null;
}
