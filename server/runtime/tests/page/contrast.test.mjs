/* The contrast of all text of the page, computed from style.css in both palettes: 4.5:1 (WCAG 2.2, AA).
 *
 *   node --test contrast.test.mjs
 *
 * Here stands which colour of text is written on what; rooms.test.mjs asks a browser whether that is so. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { colourOf, contrast } from './colour.mjs';

const css = readFileSync(new URL('../../page/style.css', import.meta.url), 'utf8').replace(/\/\*.*?\*\//gs, '');
const dom = readFileSync(new URL('../../page/dom.js', import.meta.url), 'utf8');

const LEAST = 4.5;
const WAITING = 'color-mix(in srgb, var(--accent) 90%, var(--page))';
const FAILED = 'color-mix(in srgb, var(--bad) 12%, var(--page))';
const FACES = JSON.parse(/AVATAR_HUES = (\[.*?\])/.exec(dom)[1]).map((hue) => `oklch(var(--avatar-light) 0.13 ${hue})`);

const WRITTEN_ON = {
  'var(--text)': ['var(--page)', 'var(--side)', 'var(--raise)', 'var(--hover)', 'var(--chosen)', 'var(--bubble)', 'var(--field)', FAILED],
  'var(--soft)': ['var(--page)', 'var(--side)', 'var(--raise)', 'var(--hover)', 'var(--chosen)', 'var(--bubble)', 'var(--field)'],
  'var(--link)': ['var(--page)', 'var(--raise)', 'var(--bubble)', FAILED],
  'var(--bad)': ['var(--page)', 'var(--side)', 'var(--raise)', FAILED],
  'var(--on-accent)': ['var(--accent)', 'var(--accent-hover)', WAITING],
  'var(--on-accent-soft)': ['var(--accent)', WAITING],
  'var(--on-warn)': ['var(--warn)'],
  '#ffffff': [...FACES, 'var(--away-avatar)'],
};

/* {light, dark}: the custom properties of both. */
function palettes() {
  const [light, dark] = [...css.matchAll(/:root \{(.*?)\}/gs)].map(([, body]) =>
    Object.fromEntries([...body.matchAll(/(--[a-z-]+): (.*?);/g)].map(([, name, value]) => [name, value])));
  return { light, dark: { ...light, ...dark } };
}

const resolved = (text, palette) =>
  colourOf(text.replace('var(--avatar-light)', palette['--avatar-light']), palette);

for (const [name, palette] of Object.entries(palettes())) {
  test(`all text of the ${name} palette has a contrast of ${LEAST}:1 to what it is written on`, () => {
    const low = [];
    for (const [text, grounds] of Object.entries(WRITTEN_ON)) {
      for (const ground of grounds) {
        const ratio = contrast(resolved(text, palette), resolved(ground, palette));
        if (ratio < LEAST) {
          low.push(`${text} on ${ground}: ${ratio.toFixed(2)}`);
        }
      }
    }
    assert.deepEqual(low, []);
  });
}

test('no text and no ground has another colour than those', () => {
  const rules = css.replace(/:root \{.*?\}/gs, '');
  const used = (property) => [...rules.matchAll(new RegExp(`[\\s{;]${property}: ([^;]+);`, 'g'))].map(([, value]) => value);
  const texts = new Set([...Object.keys(WRITTEN_ON), 'inherit']);
  const other = used('color').filter((value) => !texts.has(value));
  assert.deepEqual(other, ['var(--accent)'], 'only the mark');
  const grounds = new Set([...Object.values(WRITTEN_ON).flat(), 'none', 'transparent']);
  const marks = ['oklch(var(--avatar-light) 0.13 var(--hue))', 'var(--soft)', 'var(--good)', 'var(--bad)', 'var(--away)', 'var(--dot)',
    'linear-gradient(90deg, var(--dot) 50%, transparent 50%)', 'rgb(10 10 20 / 45%)'];
  const others = used('background').filter((value) => !grounds.has(value) && !marks.includes(value));
  assert.deepEqual(others.filter((value) => !value.trim().startsWith('radial-gradient')), []);
});

test('no text is made weaker by opacity', () => {
  const weak = [...css.matchAll(/([^{}]+)\{[^{}]*[\s;{]opacity: (0?\.\d+);/g)].map(([, selector]) => selector.trim());
  assert.deepEqual(weak, ['#empty .mark', 'to'], 'the mark, and the dot of a connection that pulses');
});

test('the contrast is that of the standard', () => {
  const ratio = (one, other) => contrast(colourOf(one), colourOf(other)).toFixed(2);
  assert.equal(ratio('#000000', '#ffffff'), '21.00');
  assert.equal(ratio('#767676', '#ffffff'), '4.54'); // the lightest grey that WebAIM names
  assert.equal(ratio('#777777', '#ffffff'), '4.48');
  assert.deepEqual(colourOf('oklch(0.627955 0.257683 29.2339)').map((x) => Math.round(x * 255)), [255, 0, 0]);
});
