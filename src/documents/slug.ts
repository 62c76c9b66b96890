import { createHash } from 'node:crypto';
import slugify from 'slugify';

/** Addresses longer than this are cut at a word. */
const MAX_LENGTH = 100;

/**
 * The address of a title, without regard to others: `Crème brûlée & co` becomes `creme-brulee-and-co`.
 *
 * @param fallback What kind of thing it is. A title without any letter that slugify knows
 *   (`日本の庭`) gets `<fallback>-<hash of the title>`, the same each time.
 */
export function slugOf(title: string, locale: string | undefined, fallback: string): string {
  const slug = slugify(title, { lower: true, strict: true, locale: locale?.split('-')[0] });
  if (slug.length > MAX_LENGTH) {
    const cut = slug.slice(0, MAX_LENGTH);
    return cut.slice(0, Math.max(cut.lastIndexOf('-'), MAX_LENGTH / 2)).replace(/-+$/, '');
  }
  if (slug !== '') return slug;
  const hash = createHash('sha1').update(title.normalize('NFC')).digest('hex').slice(0, 8);
  return `${fallback}-${hash}`;
}

/** The first of `base`, `base-1`, `base-2`, … that is not taken. */
export function firstFree(base: string, isTaken: (slug: string) => boolean): string {
  if (!isTaken(base)) return base;
  let suffix = 1;
  while (isTaken(`${base}-${suffix}`)) suffix += 1;
  return `${base}-${suffix}`;
}
