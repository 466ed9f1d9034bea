/* Who is signed in in this browser: each person with a token, until they sign out, and which of them was
 * the last. A tab says in its own storage which of them it is, so that two tabs can be two people. */

import { forget, load, local, store } from './store.js';

const LAST_KEY = 'hubbub.last'; // stays behind a sign-out, as the name that the form offers
const keyOf = (user) => `hubbub.signin.${user}`;

export const lastUser = () => load(local, LAST_KEY) ?? '';

/* {token, byName, name}, or null: not signed in. */
export const signedIn = (user) => (user ? load(local, keyOf(user)) : null);

export function remember({ user, token, byName, name }) {
  store(local, LAST_KEY, user);
  store(local, keyOf(user), { token, byName, name });
}

export const signOff = (user) => forget(local, keyOf(user));

/* Whether a change of the storage, as another tab hears of it, is that this person signed out there. */
export const isSignOff = ({ key, newValue }, user) => key === null || (key === keyOf(user) && newValue === null);
