import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { readVisible, withoutText } from '../content/mapper';
import type { RowReader } from '../content/row-reader';
import { writtenText } from '../content/text';
import { runInSlices, type Steps } from '../engine/steps';
import type { DocumentAccess, DocumentQuery, FoundDocuments } from '../permissions/documents';
import { explainableQuery } from './reasons-for-caller';

/** What is longer counts as several: it takes the square of a run of marks to put it into its normal form. */
const WORD = /[\p{L}\p{M}\p{N}]{1,64}/gu;
/** So many words are read in one step. */
const STEP = 500;
/** So many texts are read at once. */
const TEXTS = 20;

interface WholeTextsOptions {
  type: RelatedType;
  access: DocumentAccess;
  reader: RowReader;
  visibleRelations: ReadonlySet<string>;
  /** Told of a document that is left out. */
  onCut(documentId: string): void;
  /** @throws when the request has taken too long to go on. */
  checkTime(): Promise<void>;
}

/**
 * Access to the documents of which the caller gets all that a text could find them by: title, words, slug, links and
 * names of related entries. Where the project cuts some of it from its answers, it could be tried word by word.
 */
export function wholeTexts(options: WholeTextsOptions): DocumentAccess {
  const { type, access, reader, visibleRelations, onCut, checkTime } = options;
  const known = new Map<string, boolean>();
  /** Finds out which of a few documents are given whole. */
  const look = async (documentIds: readonly string[], { locale, status }: DocumentQuery) => {
    for (const documentId of documentIds) known.set(documentId, false);
    const query = { ...explainableQuery(type, visibleRelations), locale, status };
    const answers = await access.read(documentIds, query);
    const rows = await reader.published(type, documentIds);
    for (const row of rows) {
      const answer = answers.get(row.documentId) as Entity | undefined;
      if (!answer || (type.localized && row.locale !== locale)) continue;
      const isWhole =
        givesTheRest(type, answer, row) &&
        (isAsWritten(type, answer, row) || (await givesAllWords(type, answer, row)));
      known.set(row.documentId, isWhole);
      if (!isWhole) onCut(row.documentId);
    }
  };
  const find = async (
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<FoundDocuments> => {
    const found = await access.find(documentIds, query);
    const asked = documentIds.filter((id) => found.has(id) && !known.has(id));
    for (let at = 0; at < asked.length; at += TEXTS) {
      await checkTime();
      await look(asked.slice(at, at + TEXTS), query);
    }
    return {
      ...found,
      has: (documentId) => found.has(documentId) && known.get(documentId) === true,
    };
  };
  return { ...access, find };
}

/** Whether the slug and the names of related entries are given. */
function givesTheRest(type: RelatedType, answer: Entity, row: Entity): boolean {
  if (type.slug !== null && answer[type.slug] !== row[type.slug]) return false;
  const names = new Set(namesIn(type, answer));
  return namesIn(type, row).every((name) => names.has(name));
}

const isAsWritten = (type: RelatedType, answer: Entity, row: Entity): boolean =>
  answer[type.title] === row[type.title] &&
  writtenText(type.text, answer) === writtenText(type.text, row);

async function givesAllWords(type: RelatedType, answer: Entity, row: Entity): Promise<boolean> {
  const told = await runInSlices(readVisible(type, answer));
  const stored = await runInSlices(readVisible(type, row));
  const links = new Set(told.links);
  if (!stored.links.every((link) => links.has(link))) return false;
  const words = await runInSlices(wordsOf(told.text));
  return [...(await runInSlices(wordsOf(stored.text)))].every((word) => words.has(word));
}

/** The names of what an entry is related to. */
const namesIn = (type: RelatedType, entity: Entity): string[] =>
  withoutText(type, entity)
    .taxonomy.filter(({ label }) => label !== '')
    .map(({ relation, label }) => `${relation} ${label}`);

function* wordsOf(text: string): Steps<Set<string>> {
  const words = new Set<string>();
  let read = 0;
  for (const [word] of text.matchAll(WORD)) {
    words.add(word.normalize('NFKC').toLowerCase());
    read += 1;
    if (read % STEP === 0) yield;
  }
  return words;
}
