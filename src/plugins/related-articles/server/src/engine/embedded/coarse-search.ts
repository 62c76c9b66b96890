import type { CollectionIndex } from './collection-index';
import type { IndexedDocument } from '../indexed-document';
import { SHORTLIST, usualCandidates, withReplaced } from '../ranking/candidate-rules';
import { CLASS_BITS, FULL_SCORE, queryTerms, saturationTable, USUAL_BEST } from '../ranking/coarse';
import { codeOf, upperOf } from '../packed';

/** How much larger than needed the scratch space is, so that it is not reallocated with each new document. */
const GROWTH = 1.25;

/** Zero between calls. */
const accumulators = new WeakMap<CollectionIndex, Uint16Array>();
/** How many scores are in each class. */
const classes = new Uint32Array(2 ** (16 - CLASS_BITS));

function accumulatorOf(index: CollectionIndex): Uint16Array {
  const known = accumulators.get(index);
  if (known && known.length >= index.capacity) return known;
  const accumulator = new Uint16Array(2 * Math.max(32, Math.ceil((index.capacity * GROWTH) / 2)));
  accumulators.set(index, accumulator);
  return accumulator;
}

export interface CoarseSearch {
  /** How many candidates to find. Default: as usual for the collection's size. */
  depth?: number;
  /** Removes documents from the search by setting their scores to 0. Default: none. */
  leaveOut?(scores: Uint16Array): void;
  /** Whether a document is found without taking another's place. Default: none is. */
  isReplaced?(slot: number): boolean;
}

/**
 * The slots that share most with the source by a coarse BM25 over its highest-weighted words, and by their titles and
 * dates. In no particular order, unless some are replaced.
 *
 * @param accept Rejects at most one slot.
 * @param bonus What a document is worth in addition, as a share of the best coarse score.
 */
export function findCandidates(
  index: CollectionIndex,
  source: IndexedDocument,
  accept: (slot: number) => boolean,
  bonus: (slot: number) => number,
  { depth, leaveOut, isReplaced }: CoarseSearch,
): number[] {
  const scores = accumulatorOf(index).subarray(0, index.capacity);
  addScores(index, source, scores);
  leaveOut?.(scores);
  const wanted = depth ?? usualCandidates(index.size);
  const choose = (count: number, room: number): number[] => {
    const shortlist = largest(scores, SHORTLIST * wanted + room + 1).filter(accept);
    const best = index.dictionary.isEqual ? USUAL_BEST * FULL_SCORE : greatest(scores, shortlist);
    // `Float64Array.from` would take several times as long.
    const values = new Float64Array(shortlist.length);
    for (let i = 0; i < values.length; i += 1) {
      values[i] = scores[shortlist[i]] + best * bonus(shortlist[i]);
    }
    return (isReplaced ? bestInOrder : chooseBest)(index, shortlist, values, count);
  };
  const found = withReplaced(choose, wanted, isReplaced);
  scores.fill(0);
  return found;
}

function greatest(scores: Uint16Array, slots: readonly number[]): number {
  let best = 0;
  for (const slot of slots) if (scores[slot] > best) best = scores[slot];
  return best;
}

/** The `count` slots with the largest values, in no particular order. */
function chooseBest(
  index: CollectionIndex,
  slots: readonly number[],
  values: Float64Array,
  count: number,
): number[] {
  if (slots.length <= count) return [...slots];
  const least = values.slice().sort()[values.length - count];
  const above = slots.filter((_, i) => values[i] > least);
  const equal = slots.filter((_, i) => values[i] === least);
  equal.sort((a, b) => index.compareSlots(a, b));
  return [...above, ...equal.slice(0, count - above.length)];
}

/** `chooseBest`, with the largest values first. */
function bestInOrder(
  index: CollectionIndex,
  slots: readonly number[],
  values: Float64Array,
  count: number,
): number[] {
  const least = values.slice().sort()[Math.max(0, values.length - count)];
  const places = Array.from(slots.keys()).filter((at) => values[at] >= least);
  places.sort((a, b) => values[b] - values[a] || index.compareSlots(slots[a], slots[b]));
  return places.slice(0, count).map((at) => slots[at]);
}

function addScores(index: CollectionIndex, source: IndexedDocument, scores: Uint16Array): void {
  const { postings } = index.dictionary;
  const parts = saturationTable(index.averageLength);
  const terms = queryTerms(index, source);
  const total = terms.reduce((sum, { weight }) => sum + weight, 0);
  const table = new Uint16Array(256);
  for (const { id, weight } of terms) {
    if (postings.length(id) === 0) continue;
    const scale = (FULL_SCORE * weight) / total;
    const start = postings.start(id);
    if (start < 0) {
      const entry = postings.only(id);
      scores[upperOf(entry)] += Math.floor(scale * parts[codeOf(entry)]);
      continue;
    }
    const end = start + postings.length(id);
    // Compute each code's score once, either for those that occur or for all.
    if (end - start < table.length) {
      for (let i = start; i < end; i += 1) {
        const code = codeOf(postings.data[i]);
        table[code] = Math.floor(scale * parts[code]);
      }
    } else {
      for (let code = 0; code < 256; code += 1) table[code] = Math.floor(scale * parts[code]);
    }
    addList(scores, postings.data, start, end, table);
  }
}

/** Adds the scores of a list's entries by their codes. The innermost loop of the search. */
function addList(
  scores: Uint16Array,
  data: Uint32Array,
  start: number,
  end: number,
  worth: Uint16Array,
): void {
  for (let i = start; i < end; i += 1) {
    const entry = data[i];
    scores[upperOf(entry)] += worth[codeOf(entry)];
  }
}

/** One in this many slots is sampled to find the approximate cut. */
const SAMPLE = 16;

/**
 * The slots of the `count` largest scores above zero, and of all others in the class of the last one, so that the
 * result does not depend on which slots the documents have.
 */
function largest(scores: Uint16Array, count: number): number[] {
  // Aim for half as many again as wanted, estimated from a sample. If that finds too few, use all scores.
  for (const [stride, wanted] of [
    [SAMPLE, (count * 1.5) / SAMPLE + 4],
    [1, count],
  ]) {
    classes.fill(0);
    for (let slot = 0; slot < scores.length; slot += stride) classes[scores[slot] >>> CLASS_BITS] += 1; // prettier-ignore
    const threshold = cutFor(wanted);
    const slots = slotsAbove(scores, threshold);
    if (slots.length < count && threshold > 1) continue;
    classes.fill(0);
    for (const slot of slots) classes[scores[slot] >>> CLASS_BITS] += 1;
    const cut = cutFor(count);
    return slots.filter((slot) => scores[slot] >= cut);
  }
  return [];
}

/** The slots with scores that reach a threshold. Checks two at a time, because most pairs are far below it. */
function slotsAbove(scores: Uint16Array, threshold: number): number[] {
  const pairs = new Uint32Array(scores.buffer, 0, Math.ceil(scores.length / 2));
  const highBits = 0x10000 - 2 ** Math.floor(Math.log2(threshold));
  const mask = ((highBits << 16) | highBits) >>> 0;
  const slots: number[] = [];
  for (let pair = 0; pair < pairs.length; pair += 1) {
    if ((pairs[pair] & mask) === 0) continue;
    for (let slot = 2 * pair; slot < 2 * pair + 2; slot += 1) {
      if (scores[slot] >= threshold) slots.push(slot);
    }
  }
  return slots;
}

/** The lower bound of the class at or above which there are `wanted` scores by `classes`; at least 1. */
function cutFor(wanted: number): number {
  let cut = classes.length - 1;
  for (let above = classes[cut]; cut > 0 && above < wanted; above += classes[cut]) cut -= 1;
  return Math.max(1, cut << CLASS_BITS);
}
