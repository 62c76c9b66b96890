import type { FindSuggestionsResponse, LinkPlace } from '../../../shared/contracts';

type Place = Pick<LinkPlace, 'path' | 'start' | 'end'> & {
  /** Of a link: the address that is there. */
  target?: string;
};
type Format = NonNullable<FindSuggestionsResponse['meta']['body']>['format'];
type Node = Record<string, unknown> & { children?: unknown };

const LETTER = /[\p{L}\p{N}\p{M}]/u;
/** What may be in an address. */
const IN_ADDRESS = /[^\s()<>"']/;

/**
 * Returns where a place in a text is after one stretch of the text has changed, such as by typing.
 *
 * @param sent The text that the place refers to.
 * @returns `null` if that stretch touches the place: it may now hold another phrase, or none.
 */
export function movedPlace<P extends Place>(
  sent: unknown,
  body: unknown,
  format: Format,
  place: P,
): P | null {
  if (format !== 'blocks') return movedIn(sent, body, place);
  let [before, now]: Node[] = [{ children: sent }, { children: body }];
  const path: number[] = [];
  for (const at of place.path) {
    const to = movedIndex(before.children, now.children, at);
    if (to === null) return null;
    path.push(to);
    [before, now] = [(before.children as Node[])[at] ?? {}, (now.children as Node[])[to] ?? {}];
  }
  const moved = { ...place, path };
  return typeof before.text === 'string' ? movedIn(before.text, now.text, moved) : moved;
}

function movedIn<P extends Place>(before: unknown, now: unknown, place: P): P | null {
  if (typeof before !== 'string' || typeof now !== 'string') return null;
  const { start, end } = stretchOf(before.length, now.length, (a, b) => before[a] === now[b]);
  const by = now.length - before.length;
  const isBefore = place.end <= start;
  if (!isBefore && place.start < end) return null;
  const moved = isBefore ? place : { ...place, start: place.start + by, end: place.end + by };
  // A letter typed next to a word makes it part of another one; next to an address, most signs do.
  const joins = place.target === undefined ? LETTER : IN_ADDRESS;
  const isPart =
    (place.end === start && joins.test(now[moved.end] ?? '') && now[moved.end] !== before[place.end]) ||
    (place.start === end && joins.test(now[moved.start - 1] ?? '') && now[moved.start - 1] !== before[place.start - 1]); // prettier-ignore
  return isPart ? null : moved;
}

/** Returns the index of a node among its siblings now; `null` if others may have taken its place. */
function movedIndex(before: unknown, now: unknown, at: number): number | null {
  if (!Array.isArray(before) || !Array.isArray(now) || at >= before.length) return null;
  const [old, current] = [before, now].map((nodes) => nodes.map((node) => JSON.stringify(node)));
  const { start, end } = stretchOf(old.length, current.length, (a, b) => old[a] === current[b]);
  const by = current.length - old.length;
  if (at < start) return at;
  if (at >= end) return at + by;
  // One node that was changed is still the same one.
  return end - start === 1 && by === 0 ? at : null;
}

/** Returns what is between the longest common beginning and the longest common end, in the old sequence. */
function stretchOf(
  before: number,
  now: number,
  isSame: (before: number, now: number) => boolean,
): { start: number; end: number } {
  const most = Math.min(before, now);
  let start = 0;
  while (start < most && isSame(start, start)) start += 1;
  let same = 0;
  while (same < most - start && isSame(before - 1 - same, now - 1 - same)) same += 1;
  return { start, end: before - same };
}
