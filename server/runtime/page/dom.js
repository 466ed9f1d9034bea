/* The document in small steps. */

export const $ = (id) => document.getElementById(id);
export const page = document.documentElement;
export const narrow = matchMedia('(max-width: 719px)');

/* Sets only what differs: an assignment of the same text would still disturb a screen reader. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

export function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

export function icon(id) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#${id}`);
  svg.append(use);
  return svg;
}

/* Makes `rows` the children of a list. Rows that stay in their order are not touched, so that a selection
 * in them, and their layout, stay, too. */
export function setRows(list, rows) {
  const stay = new Set(rows);
  for (const row of [...list.children]) {
    if (!stay.has(row)) {
      row.remove();
    }
  }
  let at = list.firstChild;
  for (const row of rows) {
    if (row !== at && at?.nextSibling === row) { // it is the one before it that goes elsewhere
      at.remove();
      at = row;
    }
    if (row === at) {
      at = at.nextSibling;
    } else {
      list.insertBefore(row, at);
    }
  }
}

const AVATAR_HUES = [280, 245, 200, 165, 135, 60, 25, 335]; // of one lightness: white is readable on all

/* Its colour is of the id, its letters are of the name. */
export function paintAvatar(node, id, name = id) {
  const sum = [...id].reduce((hash, letter) => (hash * 31 + letter.codePointAt(0)) >>> 0, 7);
  setText(node, name.replace(/[^A-Za-z0-9]/g, '').slice(0, 2) || '?');
  node.style.setProperty('--hue', AVATAR_HUES[sum % AVATAR_HUES.length]);
}

/* The status of somebody, on a dot or a row. */
export function setStatus(node, person) {
  const status = person?.unsure ? 'unsure' : person?.status ?? 'offline';
  if (node.dataset.status !== status) {
    node.dataset.status = status;
  }
}

export const wordsOf = ({ unsure, word, lines }) => [unsure ? 'Not known now' : word, ...lines].join(' · ');
