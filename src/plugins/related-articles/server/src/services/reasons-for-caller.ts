import type { RelationSource } from '../config/relation-sources';
import type { RelatedType } from '../config/resolve';
import type { TextSource } from '../config/text-sources';
import type { DocumentAccess } from '../permissions/documents';
import type { Entity } from '../content/entity';
import { SOURCE, type ReadForReasons } from './explanations';
import type { Source } from './suggestions';

/** Reads documents for a caller of the content API: as the type's own route gives them to that caller. */
export function reasonsForCaller(
  type: RelatedType,
  { documentId, locale, status, entity }: Source,
  access: DocumentAccess,
  visibleRelations: ReadonlySet<string>,
): ReadForReasons {
  const query = { ...explainableQuery(type, visibleRelations), locale };
  return async (documentIds) => {
    // A text that the caller sent is known to them.
    if (entity) {
      const read = await access.read(documentIds, { ...query, status: 'published' });
      return new Map<string, Entity>([
        ...(read as unknown as Map<string, Entity>),
        [SOURCE, entity],
      ]);
    }
    const ids = status === 'published' ? [...documentIds, documentId] : documentIds;
    const read = await access.read(ids, { ...query, status: 'published' });
    const drafts =
      status === 'draft' ? await access.read([documentId], { ...query, status }) : read;
    const source = drafts.get(documentId);
    return new Map<string, Entity>([
      ...(read as unknown as Map<string, Entity>),
      ...(source ? [[SOURCE, source as unknown as Entity] as const] : []),
    ]);
  };
}

/** Everything that an explanation may name, as Strapi's own query parameters. */
export function explainableQuery(type: RelatedType, visible: ReadonlySet<string>) {
  const { fields, populate } = queryOfText(type.text);
  const related = relationsQuery(type, visible, [...signalAttributes(type), ...fields]);
  return { ...related, populate: { ...populate, ...related.populate } };
}

/** Returns the query for relations and their names, with the title, slug and date that controllers may use. */
export function relationsQuery(
  type: RelatedType,
  attributes: ReadonlySet<string>,
  fields: readonly string[] = [],
) {
  const own = [type.titlePrivate ? null : type.title, type.slugPrivate ? null : type.slug];
  const named = [...own, type.datePrivate ? null : type.date].filter((name) => name !== null);
  const relations = type.relations.filter(({ attribute }) => attributes.has(attribute));
  return {
    // Strapi populates a polymorphic relation only where all columns are read.
    ...(!relations.some(({ polymorphic }) => polymorphic) && {
      fields: [...new Set(['documentId', ...named, ...fields])],
    }),
    populate: Object.fromEntries(
      relations.map((relation) => [relation.attribute, namesIn(relation)]),
    ),
  };
}

/** The attributes that the site's own signals compare, as far as readers may have them. */
export const signalAttributes = ({ signals }: RelatedType): string[] =>
  signals.filter((signal) => !signal.private).flatMap(({ attributes }) => attributes);

interface TextQuery {
  fields: string[];
  populate: Record<string, object>;
}

function queryOfText(sources: readonly TextSource[]): TextQuery {
  const query: TextQuery = { fields: [], populate: {} };
  for (const source of sources) {
    if (source.private) continue;
    if (source.kind === 'component') {
      query.populate[source.attribute] = wholeWith(source.sources);
    } else if (source.kind === 'zone') {
      const on = [...source.components].map(([uid, inner]) => [uid, wholeWith(inner)]);
      query.populate[source.attribute] = { on: Object.fromEntries(on) };
    } else if (source.kind === 'media') {
      query.populate[source.attribute] = { fields: source.fields };
    } else {
      query.fields.push(source.attribute);
    }
  }
  return query;
}

/** Reads all columns of a component: if some are named, Strapi 5.0 also asks for documentId, which components lack. */
const wholeWith = (sources: readonly TextSource[]) => ({ populate: queryOfText(sources).populate });

function namesIn({ polymorphic, targets }: RelationSource): object {
  const fieldsOf = ({ label }: RelationSource['targets'][number]) => ({
    fields: ['documentId', ...(label === null ? [] : [label])],
  });
  if (!polymorphic) return fieldsOf(targets[0]);
  return { on: Object.fromEntries(targets.map((target) => [target.uid, fieldsOf(target)])) };
}
