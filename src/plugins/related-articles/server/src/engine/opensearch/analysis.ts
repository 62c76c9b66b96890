import { AnalyzedDocument, isLong } from '../analysis/analyzed-document';
import { createAnalyzer } from '../analysis/analyzer';
import type { Language } from '../analysis/languages';
import type { EngineDocument } from '../engine';
import { hashText } from '../hash';
import { toIndexed, type IndexedDocument, type TermIds } from '../indexed-document';
import { codeOf } from '../packed';
import { numberingAll } from '../ranking/local-rarity';
import { FREQUENCY } from '../quantization';
import { runAtOnce, runInSlices } from '../steps';
import type { CollectionCounts } from './collection-counts';
import { checksumOf, encode, entryKey } from './features';
import type { Write } from './index-writer';
import type { SourceWords } from './queries';
import type { TermNumbers } from './term-numbers';

/** A word is written into the body as often as it counts, up to this. */
const MAX_REPEATS = 64;
/** How many words of a title are stored; hardly any title has more. */
const MAX_TITLE_WORDS = 16;

/** Turns documents of one language into what the cluster stores, and into what is compared. */
export class DocumentAnalysis {
  private readonly analyzed: AnalyzedDocument;

  constructor(private readonly language: Language | string) {
    this.analyzed = new AnalyzedDocument(createAnalyzer(language).vocabulary);
  }

  /** Analyses a document to be written. */
  toWrite(document: EngineDocument, numbers: TermNumbers): Promise<Write> {
    return this.reading(document, (analyzed) => writeOf(document, analyzed, numbers));
  }

  /** Analyses a document that is only compared, such as a draft. */
  toSource(
    document: EngineDocument,
    counts: CollectionCounts,
    numbers: TermNumbers,
    numbersAll = false,
  ): Promise<SourceWords> {
    return this.reading(document, (analyzed) =>
      sourceOf(document, analyzed, counts, numbers, numbersAll),
    );
  }

  /** Reads a document for `use`; the result is valid only until `use` returns. */
  private async reading<T>(
    document: EngineDocument,
    use: (analyzed: AnalyzedDocument) => T,
  ): Promise<T> {
    if (!isLong(document)) {
      this.analyzed.vocabulary.makeRoom();
      runAtOnce(this.analyzed.readInSteps(document));
      return use(this.analyzed);
    }
    const analyzed = new AnalyzedDocument(createAnalyzer(this.language).vocabulary);
    await runInSlices(analyzed.readInSteps(document));
    return use(analyzed);
  }
}

function writeOf(
  document: EngineDocument,
  analyzed: AnalyzedDocument,
  numbers: TermNumbers,
): Write {
  const { terms, hashes } = analyzed.vocabulary;
  const indexed = toIndexed(document, analyzed, -1, {
    word: (number) => numbers.intern(hashes.get(number)),
    taxonomy: (key) => numbers.internEntry(key),
  });
  const words = wordsOf(analyzed);
  const { id, addresses, links, picked, attributes, taxonomy } = indexed;
  const entries = taxonomy.map(({ relation, key, label }): [string, string, string] => {
    return [relation, numbers.entry(key).slice(relation.length + 1), label];
  });
  const stored = {
    id,
    date: indexed.date,
    addresses,
    links,
    attributes,
    ...(picked.length > 0 && { picked }),
    entries,
    taxonomy: entries.map(([relation, key]) => entryKey(relation, key)),
    words: words.join(' '),
    features: encode(indexed, numbers),
    title: Array.from(analyzed.title.subarray(0, MAX_TITLE_WORDS), (number) => terms[number]),
    body: bodyOf(indexed, words),
    sample: hashText(id),
    ...(document.note !== undefined && { note: document.note }),
    ...(document.places && { places: document.places }),
  };
  return { id, stored: { ...stored, checksum: checksumOf(stored) } };
}

function sourceOf(
  document: EngineDocument,
  analyzed: AnalyzedDocument,
  counts: CollectionCounts,
  numbers: TermNumbers,
  numbersAll: boolean,
): SourceWords {
  const { hashes } = analyzed.vocabulary;
  const isKnown = (number: number) => counts.words.get(hashes.get(number)) > 0;
  const knowing: TermIds = {
    word: (number) => (isKnown(number) ? numbers.intern(hashes.get(number)) : -1),
    taxonomy: (key) => (counts.taxonomy.has(key) ? numbers.internEntry(key) : -1),
  };
  const indexed = toIndexed(document, analyzed, -1, numbersAll ? numberingAll(knowing) : knowing);
  const all = [...analyzed.words.keys.subarray(0, analyzed.words.size)];
  const known = numbersAll ? all : all.filter(isKnown);
  return { document: indexed, words: known.map((number) => analyzed.vocabulary.terms[number]) };
}

function wordsOf({ words, vocabulary }: AnalyzedDocument): string[] {
  return Array.from(words.keys.subarray(0, words.size), (number) => vocabulary.terms[number]);
}

function bodyOf({ terms, wordCount }: IndexedDocument, words: readonly string[]): string {
  let body = '';
  for (let i = 0; i < wordCount; i += 1) {
    const frequency = Math.round(FREQUENCY[codeOf(terms[i])]);
    body += `${words[i]} `.repeat(Math.min(MAX_REPEATS, Math.max(1, frequency)));
  }
  return body;
}
