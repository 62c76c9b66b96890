import type { IndexedDocument } from '../index/indexed-document';
import { TermTable } from '../signals/term-table';

/**
 * Shared bigrams of all that two documents have (Broder, On the resemblance and containment of documents, 1997),
 * from which one is a copy of the other: a syndicated article, an old version under a new address.
 */
const COPY = 0.9;
/** Two short texts may share most of a few bigrams and be no copies. */
const MIN_BIGRAMS = 30;
/** Beyond this place copies stay: nobody sees that far. */
const MAX_CHECKED = 50;

/**
 * The list without copies of the source, and without later copies of those in it.
 *
 * @param ordered Places in `documents`, best first.
 * @param needed How many are wanted: what comes after them is not looked at, and left out.
 */
export function withoutCopies(
  source: IndexedDocument,
  documents: readonly IndexedDocument[],
  ordered: readonly number[],
  needed: number,
): number[] {
  const isCopyOf = [copiesOf(source)];
  const kept: number[] = [];
  for (const at of ordered) {
    if (kept.length >= needed) break;
    if (kept.length >= MAX_CHECKED) {
      kept.push(at);
      continue;
    }
    const document = documents[at];
    if (isCopyOf.some((isCopy) => isCopy(document))) continue;
    kept.push(at);
    isCopyOf.push(copiesOf(document));
  }
  return kept;
}

/** Tells copies of a document; lays it out only when something of its size and sketch is asked about. */
function copiesOf(document: IndexedDocument): (other: IndexedDocument) => boolean {
  const count = bigramCount(document);
  let table: TermTable | null = null;
  return (other) => {
    const otherCount = bigramCount(other);
    const [less, more] = count < otherCount ? [count, otherCount] : [otherCount, count];
    if (less < MIN_BIGRAMS || less < COPY * more) return false;
    if (!document.sketch.some((value, i) => value === other.sketch[i])) return false;
    table ??= tableOf(document);
    let shared = 0;
    for (let i = other.wordCount; i < other.terms.length; i += 1) {
      if (table.get(other.terms[i] >>> 8) >= 0) shared += 1;
    }
    return shared >= COPY * (count + otherCount - shared);
  };
}

const bigramCount = ({ terms, wordCount }: IndexedDocument): number => terms.length - wordCount;

function tableOf(document: IndexedDocument): TermTable {
  const table = new TermTable(bigramCount(document));
  for (let i = document.wordCount; i < document.terms.length; i += 1) {
    table.set(document.terms[i] >>> 8, i);
  }
  return table;
}
