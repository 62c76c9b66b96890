import { closest, distance } from 'fastest-levenshtein';

/** A hint such as ` Did you mean "body"?`, or the list of what there is when nothing is near. */
export function didYouMean(wrong: string, right: readonly string[]): string {
  if (right.length === 0) return '';
  const near = closest(wrong, right);
  if (
    distance(wrong.toLowerCase(), near.toLowerCase()) <= Math.max(1, Math.floor(wrong.length / 2))
  ) {
    return ` Did you mean "${near}"?`;
  }
  return ` Known: ${right.map((name) => `"${name}"`).join(', ')}.`;
}
