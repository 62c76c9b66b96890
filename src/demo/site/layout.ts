import { STYLE } from './style';
import { WORDS, type Language } from './words';

const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }; // prettier-ignore

/** HTML that is no text any more. */
export class Html {
  constructor(readonly source: string) {}
}

type Part = string | number | null | undefined | false | Html | readonly Html[];

/** A template whose values are texts, and stay texts. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((all, text, at) => all + sourceOf(parts[at - 1]) + text));
}

function sourceOf(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.source;
  if (typeof part === 'object') return part.map(({ source }) => source).join('');
  return String(part).replace(/[&<>"']/g, (sign) => SIGNS[sign]);
}

interface Page {
  title: string;
  language: Language;
  /** The same page, or the front page, in the other language. */
  other: string;
  body: Html;
}

export function layout({ title, language, other, body }: Page): string {
  const words = WORDS[language];
  const home = language === 'en' ? '/' : '/de';
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title === words.name ? title : `${title} · ${words.name}`}</title>
<link rel="icon" href="/favicon.ico">
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#text">${words.skip}</a>
<header><div class="wide"><a class="name" href="${home}">${words.name}</a><span class="motto">${words.motto}</span>
<nav><a href="${other}" hreflang="${language === 'en' ? 'de' : 'en'}" lang="${language === 'en' ? 'de' : 'en'}">${words.other}</a></nav></div></header>
<main class="wide" id="text">${body}</main>
<footer><div class="wide"><a href="/admin">${words.edit}</a></div></footer>
</body>
</html>`.source; // prettier-ignore
}
