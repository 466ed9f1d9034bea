/* Links in what people wrote. Pure, and no markup: text is taken apart, and only a part with `href` becomes
 * a link, whose words are the part's own.
 *
 * Only http, https and mailto that are written out; whatever else is text. Not a link is an address with a
 * user before the host, which reads as another host than it leads to; it ends at a control character for
 * the direction of writing, which could show it in another order than it is. */

const LINK = /(?<![\p{L}\p{N}_+.:-])(?:https?:\/\/|mailto:)[^\s<>"`\\^{|}\p{Cc}\p{Cf}]+/giu;
const BEHIND = /[.,;:!?'’*_~…]$/u; // of the sentence, not of the address
const PAIRS = { ')': '(', ']': '[' };

/* Without what closes the sentence around it: "(see https://a.example/b_(c))." */
function withoutEnd(text) {
  const surplus = { ')': 0, ']': 0 }; // closed and never opened
  for (const letter of text) {
    for (const [close, open] of Object.entries(PAIRS)) {
      surplus[close] += letter === close ? 1 : letter === open ? -1 : 0;
    }
  }
  let end = text.length;
  while (end > 0 && (BEHIND.test(text[end - 1]) || surplus[text[end - 1]] > 0)) {
    end--;
    surplus[text[end]]--;
  }
  return text.slice(0, end);
}

function hrefOf(text) {
  if (!URL.canParse(text)) {
    return '';
  }
  const { protocol, hostname, username, password, pathname, href } = new URL(text);
  const web = (protocol === 'http:' || protocol === 'https:') && hostname && !username && !password;
  const mail = protocol === 'mailto:' && /^[^@]+@[^@]+$/.test(pathname);
  return web || mail ? href : '';
}

/* [{text, href?}]: the parts of `text` in order; together they are the text. */
export function linkParts(text) {
  const parts = [];
  let from = 0;
  for (const { 0: candidate, index } of text.matchAll(LINK)) {
    const link = withoutEnd(candidate);
    const href = hrefOf(link);
    if (href) {
      if (index > from) {
        parts.push({ text: text.slice(from, index) });
      }
      parts.push({ text: link, href });
      from = index + link.length;
    }
  }
  if (from < text.length) {
    parts.push({ text: text.slice(from) });
  }
  return parts;
}
