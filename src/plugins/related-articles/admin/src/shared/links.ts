import type { FindSuggestionsResponse, LinkPlace, PanelRow } from '../../../shared/contracts';

type Body = NonNullable<FindSuggestionsResponse['meta']['body']>;

export interface Target {
  title: string;
  url: string;
}

/** Returns what a link leads to; `null` when the configuration does not tell where the site shows the entry. */
export function targetOf({ title, url }: Pick<PanelRow, 'title' | 'url'>): Target | null {
  return title && url ? { title, url } : null;
}

/** Makes a Markdown link. Escapes Markdown and HTML in the title, so that readers get it as text. */
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

/** Returns a body with a link added at its end, in a paragraph of its own. */
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

type Place = Pick<LinkPlace, 'path' | 'start' | 'end'>;

/**
 * Returns a body in which a phrase is a link.
 *
 * @returns `null` if the phrase is no longer there.
 */
export function withPhraseLinked(
  body: unknown,
  format: Body['format'],
  place: Place & { phrase: string },
  target: Target,
): unknown {
  const { phrase, path } = place;
  if (format === 'blocks') {
    return changedAt(body, path, (node) => {
      if (typeof node.text !== 'string') return null;
      const { start } = place;
      if (!node.text.startsWith(phrase, start)) return null;
      const { text, ...marks } = node;
      const part = (piece: string) => ({ ...marks, text: piece });
      const link = { type: 'link', url: target.url, children: [part(phrase)] };
      return [part(text.slice(0, start)), link, part(text.slice(start + phrase.length))];
    });
  }
  const text = typeof body === 'string' ? body : '';
  const { start } = place;
  if (!text.startsWith(phrase, start)) return null;
  // The phrase stays as it is written, including Markdown.
  const address = addressIn(markdownLink({ ...target, title: 'x' }));
  // After an exclamation mark, it would be an image.
  const before = text.slice(0, start).replace(/(?<!\\)!$/, '\\!');
  return `${before}[${phrase}](${address})${text.slice(start + phrase.length)}`;
}

/** Returns a body in which a link leads elsewhere; `null` if the link is no longer there. */
export function withTargetReplaced(
  body: unknown,
  format: Body['format'],
  link: Place & { target: string },
  url: string,
): unknown {
  if (format === 'blocks') {
    return changedAt(body, link.path, (node) =>
      node.url === link.target ? [{ ...node, url }] : null,
    );
  }
  const text = typeof body === 'string' ? body : '';
  const { start } = link;
  if (!text.startsWith(link.target, start)) return null;
  // The link may be an element with single quotes.
  const address = addressIn(markdownLink({ title: 'x', url })).replace(/'/g, '%27');
  return `${text.slice(0, start)}${address}${text.slice(start + link.target.length)}`;
}

const addressIn = (link: string): string => link.slice('[x]('.length, -1);

type Node = Record<string, unknown> & { children?: unknown };

/** Returns blocks in which other nodes replace one; `null` if it is not there. */
function changedAt(
  nodes: unknown,
  [at, ...rest]: readonly number[],
  change: (node: Node) => unknown[] | null,
): unknown[] | null {
  if (!Array.isArray(nodes)) return null;
  const node = nodes[at] as Node | undefined;
  if (!node) return null;
  const children = rest.length > 0 ? changedAt(node.children, rest, change) : null;
  const changed = rest.length === 0 ? change(node) : children && [{ ...node, children }];
  return changed && [...nodes.slice(0, at), ...changed, ...nodes.slice(at + 1)];
}
