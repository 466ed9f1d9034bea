/* The room in the address: `#tea`. Pure. */

import { isId } from './client.js';

export const hashOf = (id) => `#${id}`;

/* '' is no room, null no name that a room can have. */
export function roomOf(hash) {
  let id = hash.replace(/^#/, '');
  try {
    id = decodeURIComponent(id);
  } catch {
    return null;
  }
  return id === '' || isId(id) ? id : null;
}
