import { readRelations, type RelatedType } from '../config/resolve';
import type { DocumentReader } from '../content/document-reader';
import type { Entity } from '../content/entity';
import { givenEntries, type GivenEntry, type GivenOptions } from './given-entries';
import type { Source } from './suggestions';

export interface SourcesOptions extends GivenOptions {
  documents: DocumentReader;
  /** How many characters of each text count: as many as of a text that is sent. */
  maxText: number;
  /** @throws when the request has taken too long to go on. */
  checkTime(): Promise<void>;
}

/**
 * Returns sources that are ranked only by what this caller gets of each: the caller may write words and see what finds
 * them. Otherwise lists would reveal words that are cut or private, or names of entries that the caller may not find.
 */
export async function sourcesAsGiven(
  sources: readonly Source[],
  options: SourcesOptions,
): Promise<Source[]> {
  const { type, documents, maxText, checkTime } = options;
  const isSaved = ({ status, entity }: Source) => status === 'published' && !entity;
  const saved = sources.filter(isSaved);
  if (saved.length === 0) return [...sources];
  const ids = saved.map(({ documentId }) => documentId);
  // All are of one locale.
  const entries = await givenEntries(options, ids, saved[0].locale, true);
  const found: Source[] = [];
  for (const source of sources) {
    if (!isSaved(source)) {
      found.push(source);
      continue;
    }
    await checkTime();
    const { documentId, locale } = source;
    const given = entries.get(documentId);
    // If it was just removed, there is nothing to compare.
    const entity = given ? asGiven(type, given) : { documentId, locale };
    found.push({ ...source, document: (await documents.readUnsaved(type, entity, maxText)).document }); // prettier-ignore
  }
  return found;
}

/** Returns a row with the values that the caller gets in every attribute that is compared. */
function asGiven(type: RelatedType, { row, answer }: GivenEntry): Entity {
  const { title, slug, date, text, signals } = type;
  const compared = [
    ...[title, slug, date].filter((name) => name !== null),
    ...[...text, ...readRelations(type)].map(({ attribute }) => attribute),
    ...signals.flatMap(({ attributes }) => attributes),
  ];
  return { ...row, ...Object.fromEntries(compared.map((name) => [name, answer[name]])) };
}
