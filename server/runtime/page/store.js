/* What the browser keeps. It may be switched off, or full: then the page works, and a reload forgets.
 * `local` is of all tabs of this browser, `session` of this tab and of those that were copied from it. */

export const local = () => window.localStorage;
export const session = () => window.sessionStorage;

/* null: there is nothing, or nothing that can be read. */
export function load(storage, key) {
  try {
    return JSON.parse(storage().getItem(key));
  } catch {
    return null;
  }
}

/* Gives whether it is kept. */
export function store(storage, key, value) {
  try {
    storage().setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(storage, key) {
  try {
    storage().removeItem(key);
  } catch {
    // It was not kept either.
  }
}

export function keys(storage, prefix) {
  try {
    return Object.keys(storage()).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}
