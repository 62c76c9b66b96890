/** Recognises links to documents by the site's address pattern. */
export interface UrlPattern {
  /** As it was configured. */
  readonly pattern: string;
  /**
   * The slug or id that a link target names, or `null` when it leads elsewhere.
   *
   * @param from The document that contains the link: relative targets start from its address, and
   *   `:locale` stands for its locale.
   */
  match(target: string, from?: LinkingDocument): string | null;
  /** The address of a document; `null` when the pattern has names for which the document has no value. */
  addressOf(document: LinkingDocument): string | null;
}

export interface LinkingDocument {
  documentId: string;
  slug: string | null;
  locale: string | null;
}

const NO_HOST = 'http://site.invalid';
const ORIGIN = /^https?:\/\/[^/]+/i;
const NAME = /(:[A-Za-z]\w*)/;
/** Most locales whose expression is kept; no site has more. */
const MAX_LOCALES = 1000;
/** No address of an article is longer. */
const MAX_TARGET = 2000;

/**
 * @param pattern A path with exactly one of `:slug` and `:documentId`, such as `/articles/:slug`, or such a
 *   path with its host. `:locale` stands for the linking document's own locale; other `:names` match
 *   anything within one path segment, up to what follows them.
 * @throws RangeError when the pattern is not a path or has no such placeholder.
 */
export function createUrlPattern(pattern: string): UrlPattern {
  const origin = ORIGIN.exec(pattern)?.[0] ?? null;
  const written = pattern.slice(origin?.length ?? 0);
  const names = written.match(/:(?:slug|documentId)\b/g) ?? [];
  if (!/^\/(?!\/)[^?#]*$/.test(written) || names.length !== 1 || /:\w+:/.test(written)) {
    throw new RangeError(
      `"${pattern}" must be a path with exactly one of :slug and :documentId, for example "/articles/:slug". It must not contain "?" or "#", and there must be something between two names.`,
    );
  }
  const host = origin === null ? null : new URL(origin).host;
  // In the form in which links are compared: spaces and letters beyond ASCII are percent-encoded.
  const pieces = new URL(written, NO_HOST).pathname.split(NAME);
  const expressions = new Map<string, RegExp>();
  const expressionFor = (from: string): RegExp => {
    const locale = pieces.includes(':locale') ? from : '';
    const known = expressions.get(locale);
    if (known) return known;
    const source = pieces.map((_, at) => sourceOf(pieces, at, locale)).join('');
    const expression = new RegExp(`^${source.replace(/\/$/, '')}/?$`);
    if (expressions.size >= MAX_LOCALES) expressions.clear();
    expressions.set(locale, expression);
    return expression;
  };

  return {
    pattern,
    addressOf(document) {
      const address = addressOf(pieces, document);
      return address === null ? null : `${origin ?? ''}${address}`;
    },
    match(target, from) {
      if (target === '' || target.startsWith('#') || target.length > MAX_TARGET) return null;
      const expression = expressionFor(from?.locale ?? '');
      const base = origin ?? NO_HOST;
      for (const start of [addressOf(pieces, from), '/']) {
        const url = parse(target, `${base}${start ?? '/'}`);
        if (!url || (host !== null && url.host !== host)) continue;
        const found = expression.exec(url.pathname)?.[1];
        if (found !== undefined) return decode(found);
      }
      return null;
    },
  };
}

function sourceOf(pieces: readonly string[], at: number, locale: string): string {
  const piece = pieces[at];
  if (piece === ':slug' || piece === ':documentId') return '([^/]+)';
  if (piece === ':locale' && locale !== '') return escape(locale);
  if (!NAME.test(piece)) return escape(piece);
  // A name ends where the text next to it begins: two names that could match the same text would make matching slow.
  const beside = (pieces[at - 1]?.at(-1) ?? '/') + (pieces[at + 1]?.[0] ?? '/');
  return `[^/${escapeClass(beside)}]+`;
}

/** Returns the address of the document; `null` if the pattern cannot be filled in. */
function addressOf(pieces: readonly string[], from: LinkingDocument | undefined): string | null {
  if (!from) return null;
  const values: Record<string, string | null> = {
    ':slug': from.slug && encode(from.slug),
    ':documentId': encode(from.documentId),
    ':locale': from.locale,
  };
  const filled = pieces.map((piece) => (NAME.test(piece) ? values[piece] : piece));
  if (filled.some((piece) => piece === null || piece === undefined)) return null;
  return filled.join('');
}

function parse(target: string, base: string): URL | null {
  try {
    const url = new URL(target, base);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/** `null` for a segment with half a character (a lone surrogate), which cannot be encoded. */
function encode(segment: string): string | null {
  try {
    return encodeURIComponent(segment);
  } catch {
    return null;
  }
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const escapeClass = (text: string): string => text.replace(/[\\\]^-]/g, '\\$&');
