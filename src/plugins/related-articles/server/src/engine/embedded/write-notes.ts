import type { Collection, WriteListener } from '../engine';
import { upperOf } from '../packed';
import type { CollectionIndex } from './collection-index';

/**
 * Looks at a document before it is written.
 *
 * @returns To be called once it is written; `undefined` while nobody wants to know.
 */
export function noting(
  listener: WriteListener | null,
  collection: Collection,
  index: CollectionIndex,
  id: string,
): (() => void) | undefined {
  if (!listener) return undefined;
  const before = stateOf(index, id);
  return () => {
    const after = stateOf(index, id);
    const lost = [...before.words].filter((word) => !after.words.has(word)).length;
    const shared = before.words.size - lost;
    listener(collection, {
      documentId: id,
      words: lost + after.words.size - shared,
      linked: [...new Set([...before.linked, ...after.linked])],
      movesNewest: !Object.is(before.newest, after.newest),
    });
  };
}

interface State {
  words: Set<string>;
  linked: string[];
  /** The newest date of all documents. */
  newest: number;
}

/** The words of a document, as an index has it, and what it is linked with. */
function stateOf(index: CollectionIndex, id: string): State {
  const document = index.get(id);
  const { newest } = index.dates;
  if (!document) return { words: new Set(), linked: [], newest };
  const { terms, wordCount } = document;
  // As texts: the ids of words that occur nowhere any more are given to others.
  const words = new Set<string>();
  for (let at = 0; at < wordCount; at += 1) words.add(index.dictionary.text(upperOf(terms[at])));
  const slots = [...index.targetsOf(document), ...index.linkingTo(document)];
  return { words, linked: slots.map((slot) => index.at(slot).id), newest };
}
