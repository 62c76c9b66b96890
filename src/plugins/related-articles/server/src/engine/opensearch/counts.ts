import { upperOf } from '../packed';
import { lengthUnitsOf } from '../statistics';
import { ByteReader, ByteWriter } from './bytes';
import { decode, type StoredDocument } from './features';
import type { TermNumbers } from './term-numbers';

/** What is counted by number: words, titles and their endings by hash, bigrams, dates. */
export const COUNTED = ['words', 'bigrams', 'titles', 'endings', 'dates'] as const;
export type Counted = (typeof COUNTED)[number];

/** Counts of a collection, or changes to them. */
export interface Counts {
  /** Documents. */
  size: number;
  /** Documents that link to something. */
  linking: number;
  lengthUnits: number;
  /** The sum of the documents' checksums: shows whether an index still holds what was counted. */
  checksum: number;
  /** How many numbers have a count. */
  distinct(what: Counted): number;
  count(what: Counted, key: number): number;
  add(what: Counted, key: number, by: number): void;
  forEach(what: Counted, visit: (key: number, count: number) => void): void;
  readonly taxonomy: ReadonlyMap<string, number>;
  addEntry(key: string, by: number): void;
}

/** Adds a document to counts, or takes it out of them. */
export function countDocument(
  counts: Counts,
  stored: StoredDocument,
  numbers: TermNumbers,
  by: 1 | -1,
): void {
  const document = decode(stored, numbers);
  const { terms, wordCount, titleKey, endings, taxonomy, date, links } = document;
  counts.size += by;
  counts.checksum += by * (stored.checksum ?? 0);
  counts.lengthUnits += by * lengthUnitsOf(document);
  if (links.length > 0) counts.linking += by;
  // Words of one hash count once: chosen ones could make another word look as if it were in more documents than there are.
  const words = new Set<number>();
  for (let i = 0; i < wordCount; i += 1) words.add(numbers.hash(upperOf(terms[i])));
  for (const word of words) counts.add('words', word, by);
  for (let i = wordCount; i < terms.length; i += 1) counts.add('bigrams', upperOf(terms[i]), by);
  if (titleKey !== 0) counts.add('titles', titleKey, by);
  for (const ending of endings) counts.add('endings', ending, by);
  for (const { key } of taxonomy) counts.addEntry(numbers.entry(key), by);
  if (date !== null) counts.add('dates', date, by);
}

/**
 * Counts as bytes, for the cluster: the three sums; for each kind, how many numbers it has and, for each number, the
 * distance from the one before and its count, as variable-length integers (dates as floats); then the entries as text,
 * and the checksum.
 */
export function toBytes(counts: Counts): Uint8Array {
  const writer = new ByteWriter();
  for (const sum of [counts.size, counts.linking, counts.lengthUnits]) writer.signed(sum);
  for (const what of COUNTED) {
    const keys = new Float64Array(counts.distinct(what));
    let at = 0;
    counts.forEach(what, (key) => {
      keys[at] = key;
      at += 1;
    });
    writer.unsigned(keys.length);
    let before = 0;
    for (const key of keys.sort()) {
      if (what === 'dates') writer.float(key);
      else writer.unsigned(key - before);
      writer.signed(counts.count(what, key));
      before = key;
    }
  }
  writer.text(JSON.stringify([...counts.taxonomy]));
  writer.signed(counts.checksum);
  return writer.bytes();
}

/** Adds counts that `toBytes` wrote. */
export function addBytes(bytes: Uint8Array, to: Counts): void {
  const reader = new ByteReader(bytes);
  to.size += reader.signed();
  to.linking += reader.signed();
  to.lengthUnits += reader.signed();
  for (const what of COUNTED) {
    let key = 0;
    for (let left = reader.unsigned(); left > 0; left -= 1) {
      key = what === 'dates' ? reader.float() : key + reader.unsigned();
      to.add(what, key, reader.signed());
    }
  }
  const entries = JSON.parse(reader.text()) as [string, number][];
  for (const [key, by] of entries) to.addEntry(key, by);
  // Earlier versions wrote none.
  if (!reader.isAtEnd) to.checksum += reader.signed();
}

/** Changes to counts: few, positive or negative. */
export class CountChanges implements Counts {
  size = 0;
  linking = 0;
  lengthUnits = 0;
  checksum = 0;
  readonly taxonomy = new Map<string, number>();
  private readonly maps = Object.fromEntries(
    COUNTED.map((what) => [what, new Map<number, number>()]),
  ) as Record<Counted, Map<number, number>>;

  /** How many counts change. */
  get total(): number {
    return COUNTED.reduce((sum, what) => sum + this.distinct(what), this.taxonomy.size);
  }

  distinct(what: Counted): number {
    return this.maps[what].size;
  }

  count(what: Counted, key: number): number {
    return this.maps[what].get(key) ?? 0;
  }

  add(what: Counted, key: number, by: number): void {
    addTo(this.maps[what], key, by);
  }

  addEntry(key: string, by: number): void {
    addTo(this.taxonomy, key, by);
  }

  forEach(what: Counted, visit: (key: number, count: number) => void): void {
    this.maps[what].forEach((count, key) => visit(key, count));
  }
}

/** Adds to a sum; a sum of zero is forgotten. */
export function addTo<Key>(sums: Map<Key, number>, key: Key, by: number): void {
  const sum = (sums.get(key) ?? 0) + by;
  if (sum === 0) sums.delete(key);
  else sums.set(key, sum);
}
