/* Colours as CSS writes them, as three numbers of sRGB from 0 to 1, and the contrast of two (WCAG 2.2, 1.4.3). */

const clamp = (x) => Math.min(1, Math.max(0, x));

function fromHex(text) {
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);
}

/* CSS Color 4, sample code for OKLab; out of gamut is cut, channel by channel. */
function fromOklch(light, chroma, hue) {
  const [a, b] = [Math.cos, Math.sin].map((f) => chroma * f((hue * Math.PI) / 180));
  const [l, m, s] = [[0.3963377774, 0.2158037573], [-0.1055613458, -0.0638541728], [-0.0894841775, -1.291485548]]
    .map(([x, y]) => (light + x * a + y * b) ** 3);
  return [[4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965],
    [-0.0041960863, -0.7034186147, 1.707614701]]
    .map(([x, y, z]) => clamp(x * l + y * m + z * s))
    .map((x) => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
}

/* `text` may name the palette's colours, and mix two of them. */
export function colourOf(text, palette) {
  const name = /^var\((--[a-z-]+)\)$/.exec(text);
  if (name) {
    return colourOf(palette[name[1]], palette);
  }
  if (/^#[0-9a-f]{6}$/.test(text)) {
    return fromHex(text);
  }
  const mix = /^color-mix\(in srgb, (\S+) (\d+)%, (\S+)\)$/.exec(text);
  if (mix) {
    const [one, other] = [colourOf(mix[1], palette), colourOf(mix[3], palette)];
    return one.map((x, i) => (x * mix[2] + other[i] * (100 - mix[2])) / 100);
  }
  const polar = /^oklch\((\S+) (\S+) (\S+)\)$/.exec(text);
  if (polar) {
    return fromOklch(...polar.slice(1).map(Number));
  }
  throw new Error(`not a colour that is known here: ${text}`);
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
