import type { IndexedDocument } from '../indexed-document';
import { TermTable } from '../signals/term-table';
import { upperOf } from '../packed';

/**
 * Two documents are copies if they have at least this share of all their bigrams in common (Broder, On the resemblance
 * and containment of documents, 1997): a syndicated article, an old version at a new address.
 */
const COPY = 0.9;
/** Two short texts may share most of their few bigrams without being copies. */
const MIN_BIGRAMS = 30;
/** Copies beyond this place stay in the list: nobody looks that far. */
const MAX_CHECKED = 50;

/** Bigrams that are looked up or put into tables for one list, at most: after that, nothing more counts as a copy. */
const MAX_WORK = 2_000_000;

/** A list without copies. */
export interface DistinctList {
  /** Places in `documents`, best first. */
  kept: number[];
  /** The copies that were left out, by the document that they are copies of. */
  copies: ReadonlyMap<IndexedDocument, readonly IndexedDocument[]>;
}

/**
 * Returns the list without copies of documents before it, and without later copies of its own documents.
 *
 * @param before The source, and the documents above the list.
 * @param ordered Places in `documents`, best first.
 * @param isEnough Whether the documents kept so far are enough. If so, the next one and all after it are left out.
 */
export function withoutCopies(
  before: readonly IndexedDocument[],
  documents: readonly IndexedDocument[],
  ordered: readonly number[],
  isEnough: (kept: readonly number[], next: number) => boolean,
): DistinctList {
  const kept: number[] = [];
  const copies = new Map<IndexedDocument, IndexedDocument[]>();
  const known = new Copies();
  for (const document of before) known.add(document);
  for (const at of ordered) {
    if (isEnough(kept, at)) break;
    if (kept.length < MAX_CHECKED) {
      const original = known.originalOf(documents[at]);
      if (original) {
        copies.set(original, [...(copies.get(original) ?? []), documents[at]]);
        continue;
      }
      known.add(documents[at]);
    }
    kept.push(at);
  }
  return { kept, copies };
}

/**
 * Documents that others may be copies of. The bigram table of one is built only when another document of similar size
 * shares part of its sketch.
 */
class Copies {
  private readonly bySketch = new Map<number, IndexedDocument[]>();
  private readonly tables = new Map<IndexedDocument, TermTable>();
  private work = 0;

  add(document: IndexedDocument): void {
    if (bigramCount(document) < MIN_BIGRAMS) return;
    document.sketch.forEach((value, order) => {
      const key = sketchKey(value, order);
      const others = this.bySketch.get(key);
      if (others) others.push(document);
      else this.bySketch.set(key, [document]);
    });
  }

  /** The first document that this one is a copy of. */
  originalOf(document: IndexedDocument): IndexedDocument | null {
    const count = bigramCount(document);
    if (count < MIN_BIGRAMS) return null;
    const { sketch } = document;
    const tried = new Set<IndexedDocument>();
    for (let order = 0; order < sketch.length; order += 1) {
      for (const other of this.bySketch.get(sketchKey(sketch[order], order)) ?? []) {
        if (tried.has(other) || this.work > MAX_WORK) continue;
        tried.add(other);
        const otherCount = bigramCount(other);
        if (Math.min(count, otherCount) < COPY * Math.max(count, otherCount)) continue;
        if (this.areCopies(other, document, Math.ceil(COPY_OF_SUM * (count + otherCount)))) {
          return other;
        }
      }
    }
    return null;
  }

  /** Whether both share at least `needed` bigrams. Stops as soon as too many are missing. */
  private areCopies(
    one: IndexedDocument,
    { terms, wordCount }: IndexedDocument,
    needed: number,
  ): boolean {
    let table = this.tables.get(one);
    if (!table) {
      this.tables.set(one, (table = tableOf(one)));
      this.work += bigramCount(one);
    }
    let allowed = terms.length - wordCount - needed;
    let at = wordCount;
    for (; at < terms.length && allowed >= 0; at += 1) {
      if (table.get(upperOf(terms[at])) < 0) allowed -= 1;
    }
    this.work += at - wordCount;
    return allowed >= 0;
  }
}

/** shared / (count + otherCount - shared) >= COPY, solved for `shared` as a fraction of the sum of both counts. */
const COPY_OF_SUM = COPY / (1 + COPY);

const sketchKey = (value: number, order: number): number => value * 4 + order;

const bigramCount = ({ terms, wordCount }: IndexedDocument): number => terms.length - wordCount;

function tableOf(document: IndexedDocument): TermTable {
  const table = new TermTable(bigramCount(document));
  for (let i = document.wordCount; i < document.terms.length; i += 1) {
    table.set(upperOf(document.terms[i]), i);
  }
  return table;
}
