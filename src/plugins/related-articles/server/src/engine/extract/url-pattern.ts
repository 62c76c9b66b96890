/** Recognises links to documents by the site's address pattern. */
export interface UrlPattern {
  /** The slug or id a link target names, or `null` when it leads elsewhere. */
  match(target: string): string | null;
}

const BASE = 'http://site.invalid';

/**
 * @param pattern A path with exactly one of `:slug` and `:documentId`, such as `/articles/:slug`.
 *   Other `:names` and a trailing slash match anything of one path segment.
 * @throws RangeError when the pattern is no path or has no such placeholder.
 */
export function createUrlPattern(pattern: string): UrlPattern {
  const names = pattern.match(/:(?:slug|documentId)\b/g) ?? [];
  if (!pattern.startsWith('/') || names.length !== 1) {
    throw new RangeError(
      `"${pattern}" must be a path with exactly one of :slug and :documentId, for example "/articles/:slug".`,
    );
  }
  const source = pattern
    .replace(/\/$/, '')
    .split(/(:\w+)/)
    .map((piece) => {
      if (piece === ':slug' || piece === ':documentId') return '([^/]+)';
      if (/^:\w+$/.test(piece)) return '[^/]+';
      return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  const expression = new RegExp(`^${source}/?$`);
  return {
    match(target) {
      if (target === '' || target.startsWith('#')) return null;
      try {
        const url = new URL(target, BASE);
        if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
        const found = expression.exec(url.pathname)?.[1];
        return found === undefined ? null : decodeURIComponent(found);
      } catch {
        return null;
      }
    },
  };
}
