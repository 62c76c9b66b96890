import type { FindSuggestionsResponse, PanelRow } from '../../../shared/contracts';

type Body = NonNullable<FindSuggestionsResponse['meta']['body']>;

export interface Target {
  title: string;
  url: string;
}

/** What a link leads to; `null` when the configuration does not tell where the site shows the entry. */
export function targetOf({ title, url }: Pick<PanelRow, 'title' | 'url'>): Target | null {
  return title && url ? { title, url } : null;
}

/** Whatever a title holds, readers get it as text: marks of markdown and HTML are escaped. */
export function markdownLink({ title, url }: Target): string {
  const text = title.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>&~|!]/g, (sign) => `\\${sign}`);
  const address = url.replace(/[()<>\\"`\s]/g, encodeSign);
  return `[${text}](${address})`;
}

const encodeSign = (sign: string): string =>
  `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** @returns Whether the browser allowed it; without HTTPS it does not. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A body with a link in a paragraph of its own at its end. */
export function withLink(body: unknown, format: Body['format'], target: Target): unknown {
  if (format === 'blocks') {
    const link = {
      type: 'link',
      url: target.url,
      children: [{ type: 'text', text: target.title }],
    };
    // The editor's cursor needs a text on both sides.
    const text = { type: 'text', text: '' };
    const blocks = Array.isArray(body) ? body : [];
    return [...blocks, { type: 'paragraph', children: [text, link, text] }];
  }
  const link =
    format === 'html'
      ? `<p><a href="${escape(target.url)}">${escape(target.title)}</a></p>`
      : markdownLink(target);
  const before = typeof body === 'string' ? body.trimEnd() : '';
  return before ? `${before}\n\n${link}\n` : `${link}\n`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]);
