import type { RelationSource } from '../config/relation-sources';
import { readRelations, type RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import type { Row, RowReader } from '../content/row-reader';
import type { DocumentAccess } from '../permissions/documents';
import { explainableQuery, relationsQuery } from './reasons-for-caller';

export interface GivenOptions {
  type: RelatedType;
  access: DocumentAccess;
  reader: RowReader;
  visibleRelations: ReadonlySet<string>;
}

export interface GivenEntry {
  /** The entry as it is stored. */
  row: Entity & Row;
  /** The attributes that it can be found by, as the caller gets them. */
  answer: Entity;
}

/** Reads published entries of one locale, both as they are stored and as the caller gets them, by documentId. */
export async function givenEntries(
  { type, access, reader, visibleRelations }: GivenOptions,
  documentIds: readonly string[],
  locale: string | null,
  /** Whether to read editors' picks, too. */
  withPicks = false,
): Promise<Map<string, GivenEntry>> {
  const asked = withPicks ? { ...type, relations: readRelations(type).map(unnamedIn(type)) } : type;
  const query = { ...explainableQuery(asked, visibleRelations), locale };
  const answers = await access.read(documentIds, { ...query, status: 'published' });
  const found = new Map<string, GivenEntry>();
  for (const row of await reader.published(type, documentIds)) {
    const answer = answers.get(row.documentId) as Entity | undefined;
    if (answer && (!type.localized || row.locale === locale)) found.set(row.documentId, { row, answer }); // prettier-ignore
  }
  return found;
}

/** Reads only these relations of published entries of one locale, as the caller gets them, by documentId. */
export async function givenRelations(
  { type, access }: Pick<GivenOptions, 'type' | 'access'>,
  documentIds: readonly string[],
  attributes: ReadonlySet<string>,
  locale: string | null,
): Promise<Map<string, Entity>> {
  const query = { ...relationsQuery(type, attributes), locale };
  const answers = await access.read(documentIds, { ...query, status: 'published' });
  return answers as unknown as Map<string, Entity>;
}

/** Drops the labels of a relation that is used only for picks: they are not needed, and may be private. */
const unnamedIn =
  ({ picked, relations }: RelatedType) =>
  (relation: RelationSource): RelationSource =>
    relation === picked && !relations.includes(relation)
      ? { ...relation, targets: relation.targets.map((target) => ({ ...target, label: null })) }
      : relation;
