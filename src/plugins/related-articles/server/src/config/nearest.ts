import { closest, distance } from 'fastest-levenshtein';

/** A hint such as ` Did you mean "body"?`, or the list of known names when none is close. */
export function didYouMean(wrong: string, right: readonly string[]): string {
  if (right.length === 0) return '';
  // Ignore the part that uids have in common: it would make all of them look close.
  const names = new Map(right.map((name) => [telling(name, wrong), name]));
  const asked = telling(wrong, right[0]).toLowerCase();
  const near = closest(asked, [...names.keys()]);
  if (distance(asked, near.toLowerCase()) <= Math.max(1, Math.floor(asked.length / 2))) {
    return ` Did you mean "${names.get(near)}"?`;
  }
  return ` Known: ${right.map((name) => `"${name}"`).join(', ')}.`;
}

/** The name in `api::name.name`, if both are uids. */
function telling(name: string, other: string): string {
  return name.includes('::') && other.includes('::') ? name.slice(name.lastIndexOf('.') + 1) : name;
}
