import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { readVisible } from '../content/mapper';
import type { RowReader } from '../content/row-reader';
import { writtenText } from '../content/text';
import { runInSlices } from '../engine/steps';
import type { DocumentAccess, DocumentQuery, FoundDocuments } from '../permissions/documents';
import { explainableQuery } from './reasons-for-caller';

const WORD = /[\p{L}\p{N}]+/gu;

/** Types whose answers were found to lack words, so that the log tells it once. */
const toldOf = new WeakMap<Core.Strapi, Set<string>>();

/**
 * Access to the documents whose texts the caller gets with every word. A text that somebody sends finds entries by all
 * their words: where the project cuts some from its answers, they could be tried one by one.
 */
export function wholeTexts(
  strapi: Core.Strapi,
  type: RelatedType,
  access: DocumentAccess,
  reader: RowReader,
): DocumentAccess {
  const find = async (
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<FoundDocuments> => {
    const found = await access.find(documentIds, query);
    const given = documentIds.filter((documentId) => found.has(documentId));
    const { locale, status } = query;
    const asked = { ...explainableQuery(type, new Set()), locale, status };
    const answers = await access.read(given, asked);
    const whole = new Set<string>();
    for (const row of await reader.published(type, given)) {
      if (type.localized && row.locale !== locale) continue;
      const answer = answers.get(row.documentId);
      if (answer && (await hasAllWords(type, answer as unknown as Entity, row))) {
        whole.add(row.documentId);
      } else if (answer) tell(strapi, type, row.documentId);
    }
    return { ...found, has: (documentId) => whole.has(documentId) };
  };
  return { ...access, find };
}

async function hasAllWords(type: RelatedType, answer: Entity, row: Entity): Promise<boolean> {
  const isAsWritten =
    answer[type.title] === row[type.title] &&
    writtenText(type.text, answer) === writtenText(type.text, row);
  if (isAsWritten) return true;
  const words = wordsOf(await textOf(type, answer));
  return [...wordsOf(await textOf(type, row))].every((word) => words.has(word));
}

const textOf = async (type: RelatedType, entity: Entity): Promise<string> =>
  (await runInSlices(readVisible(type, entity))).text;

const wordsOf = (text: string): Set<string> =>
  new Set(text.normalize('NFKC').toLowerCase().match(WORD));

function tell(strapi: Core.Strapi, type: RelatedType, documentId: string): void {
  const told = toldOf.get(strapi) ?? new Set();
  toldOf.set(strapi, told);
  if (told.has(type.uid)) return;
  told.add(type.uid);
  strapi.log.warn(
    `related-articles: lists for texts leave out entries of ${type.uid} whose answers lack words of their text, such as ${documentId}; see docs/security.md.`,
  );
}
