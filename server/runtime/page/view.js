/* What the page shows: a function of one model, put into the document by the smallest change.
 *
 *   app.js -- render(model) --> document -- what the person does --> handlers of bind() --> app.js
 *
 * Knows nothing of the connection or the storage. The large parts have files of their own: log.js,
 * rooms.js, panel.js. */

import { $, make, narrow, page, paintAvatar, setText } from './dom.js';
import { atEnd, bindLog, closeLog, renderLog, scrollToEnd } from './log.js';
import { nameOf } from './names.js';
import { bindPeople, renderOther, renderPeople } from './panel.js';
import { badge, bindRooms, renderRooms } from './rooms.js';

export { atEnd, scrollToEnd, scrollsItself, seqInSight, wantsOlder } from './log.js';

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

function renderJump(unread) {
  const button = $('jump');
  button.hidden = atEnd();
  setText(button.firstElementChild, unread > 0 ? `${badge(unread)} new` : '');
  button.setAttribute('aria-label', unread > 0 ? `${unread} new, go to the end` : 'Go to the end');
}

function renderBanner(banner) {
  $('banner').hidden = !banner;
  setText($('banner-text'), banner?.text ?? '');
  $('banner-retry').hidden = !banner?.action;
  setText($('banner-retry'), banner?.action ?? '');
}

function renderEmpty(empty) {
  $('empty').hidden = !empty;
  setText($('empty-title'), empty?.title ?? '');
  setText($('empty-text'), empty?.text ?? '');
  $('empty-action').hidden = !empty?.action;
  setText($('empty-action'), empty?.action ?? '');
}

const LABELS = { online: 'Online', connecting: 'Connecting…', offline: 'Offline' };

export function render(model) {
  page.dataset.view = 'chat';
  $('composer').hidden = $('scroller').hidden = !model.room;
  if (model.room) { // first, because it measures what stands there
    renderLog(model.room);
    renderJump(model.room.unread);
    renderCounter(model.limit);
  } else {
    closeLog();
    $('jump').hidden = true;
  }
  page.dataset.connection = model.connection;
  document.title = model.title;
  setText($('me'), nameOf(model.user));
  paintAvatar($('me-avatar'), model.user, nameOf(model.user));
  setText($('connection'), model.connection === 'online' ? model.me.line : LABELS[model.connection]);
  page.dataset.me = model.me.status;
  setText($('typing'), model.typing);
  setText($('idle-warning'), model.idleWarning);
  $('idle-warning').hidden = model.idleWarning === '';
  renderPeople(model.people ?? null);
  renderOther(model.room?.other, model.room?.direct);
  renderBanner(model.banner);
  renderEmpty(model.empty);
  renderRooms(model.rooms, model.room?.id);
  $('drawer-unread').hidden = model.unreadElsewhere === 0;
  setText($('drawer-unread'), badge(model.unreadElsewhere));
  setText($('room-error'), model.roomError);
  setText($('room-title'), model.room?.title ?? '');
  $('room-title').toggleAttribute('data-direct', model.room?.direct ?? false);
  $('leave').hidden = !model.room || model.room.direct;
}

/* Whether somebody who has the page in sight can see the log. */
export const showsLog = () => !document.hidden && page.dataset.drawer !== 'open';

/* Read out, and not shown. */
export const announce = (text) => {
  $('announce').textContent = text;
};

/* Gives whether it went; the clipboard may be closed to a page without TLS, its older way is not. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make('textarea', { class: 'unseen', 'aria-hidden': 'true' });
    field.value = text;
    document.body.append(field);
    field.select();
    const went = document.execCommand('copy');
    field.remove();
    return went;
  }
}

export function renderCounter({ used, most, near }) {
  const left = most - used;
  $('counter').hidden = left > near;
  setText($('counter'), left > near ? '' : left >= 0 ? `${left} bytes left` : `${-left} bytes too long`);
  $('counter').toggleAttribute('data-over', left < 0);
  $('send').disabled = used === 0 || left < 0;
}

// --- Signing in, the drawer, a question -------------------------------------------------------------

export function renderSignIn({ name = '', problem = '', token = false, hint = '', busy = false }) {
  page.dataset.view = 'signin';
  page.dataset.connection = 'off';
  document.title = 'Hubbub';
  closeLog();
  drawer(false);
  $('name-field').hidden = token;
  $('token-field').hidden = !token;
  setText($('signin-hint'), hint);
  setText($('signin-error'), problem);
  $('signin-button').disabled = busy;
  if (name && !$('name').value) {
    $('name').value = name;
  }
  const field = $(token ? 'token' : 'name');
  field.setAttribute('aria-invalid', String(problem !== ''));
  if (!busy) {
    field.focus();
  }
}

/* On a narrow screen the rooms are a drawer over the conversation, which rests meanwhile. */
export function drawer(open) {
  const shown = open && narrow.matches;
  const moved = shown !== (page.dataset.drawer === 'open');
  page.dataset.drawer = shown ? 'open' : 'closed';
  $('drawer-open').setAttribute('aria-expanded', String(shown));
  $('sidebar').inert = narrow.matches && !shown;
  $('room').inert = shown;
  if (moved && shown) {
    ($('room-list').querySelector('[aria-current]') ?? $('drawer-close')).focus();
  } else if (moved && narrow.matches && !$('room').contains(document.activeElement)) {
    $('drawer-open').focus();
  }
}

/* To where the person goes on: a phone would open its keyboard at once, so there it is the title. */
export function focusRoom() {
  const text = !narrow.matches && !$('composer').hidden;
  $(text ? 'text' : $('empty-action').checkVisibility() ? 'empty-action' : 'room-title').focus({ preventScroll: true });
}

/* When there is something to go on with, unless the person was quicker. */
export function focusFirst() {
  if (!$('chat').contains(document.activeElement)) {
    focusRoom();
  }
}

/* Asks before what cannot be undone; gives whether to go on. */
export function ask(question, verb) {
  const dialog = $('ask');
  setText($('ask-text'), question);
  setText($('ask-yes'), verb);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

// --- The own status ---------------------------------------------------------------------------------

const QUIETS = [['none', 'Off'], ['30', 'For 30 minutes'], ['60', 'For 1 hour'], ['240', 'For 4 hours'],
  ['morning', 'Until the morning']];

export function openStatus({ chosen, line, quietUntil }) {
  const form = $('status-form');
  form.elements.status.value = chosen;
  $('status-text').value = line;
  setText($('status-problem'), '');
  const quiets = quietUntil > 0 ? [['keep', `Until ${clockFormat.format(quietUntil)}`], ...QUIETS] : QUIETS;
  $('status-quiet').replaceChildren(...quiets.map(([value, text]) => make('option', { value }, text)));
  $('status').returnValue = '';
  $('status').showModal();
}

const statusChosen = () => ({ chosen: $('status-form').elements.status.value,
  line: $('status-text').value, quiet: $('status-quiet').value });

export function setDraft(text) {
  $('text').value = text;
  growText();
}

function growText() {
  const text = $('text');
  text.style.height = 'auto';
  if (text.scrollHeight > 0) { // else it is not shown: one line is right, until it is
    text.style.height = `${text.scrollHeight}px`;
  }
}

export function bind(handlers) {
  const on = (id, event, run) => $(id).addEventListener(event, run);
  const submit = (id, run) => on(id, 'submit', (event) => {
    event.preventDefault();
    run();
  });
  submit('signin-form', () => {
    const token = $('token').value.trim();
    $('token').value = ''; // it shall not stand there for the next person
    handlers.signIn($('name').value.trim(), token, !$('token-field').hidden);
  });
  submit('room-form', () => {
    if (handlers.enter($('room-input').value.trim())) {
      $('room-input').value = '';
    }
  });
  submit('composer', () => handlers.send($('text').value));
  on('text', 'input', () => {
    growText();
    handlers.draft($('text').value);
  });
  on('text', 'keydown', (event) => {
    // Within a composition of several keys, Enter chooses a word: 229 is how Safari says so.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      handlers.send($('text').value);
    }
  });
  on('log', 'click', (event) => {
    const action = event.target.closest('[data-action]')?.dataset.action;
    const other = event.target.closest('[data-other]')?.dataset.other;
    if (other) {
      handlers.write(other);
    } else if (action) {
      handlers[action](event.target.closest('[data-client]').dataset.client);
    }
  });
  on('room-input', 'input', handlers.roomTyped);
  on('empty-action', 'click', () => handlers.begin());
  on('banner-retry', 'click', handlers.retryNow);
  on('leave', 'click', handlers.leave);
  on('signout', 'click', handlers.signOut);
  on('me-button', 'click', handlers.status);
  on('status-form', 'submit', (event) => {
    if (event.submitter?.value === 'save') {
      const problem = handlers.choose(statusChosen());
      setText($('status-problem'), problem);
      if (problem) {
        event.preventDefault();
      }
    }
  });
  on('status-text', 'keydown', (event) => { // the first button of a form would be Cancel
    if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      $('status-save').click();
    }
  });
  on('jump', 'click', () => {
    scrollToEnd();
    handlers.changed();
    $('text').focus({ preventScroll: true });
  });
  on('drawer-open', 'click', () => drawer(true));
  on('drawer-close', 'click', () => drawer(false));
  on('scrim', 'click', () => drawer(false));
  on('sidebar', 'keydown', (event) => event.key === 'Escape' && drawer(false));
  narrow.addEventListener('change', () => drawer(false));
  bindLog({ scrolled: handlers.changed, seen: handlers.seen });
  bindRooms({ select: handlers.select, changed: handlers.changed, leave: focusRoom });
  bindPeople({ changed: handlers.changed, write: (other) => handlers.write(other) });
  on('scroller', 'keydown', (event) => event.key === 'Escape' && focusRoom());
  on('status-other', 'click', () => {
    $('status').close();
    handlers.another();
  });
  drawer(false);
}
