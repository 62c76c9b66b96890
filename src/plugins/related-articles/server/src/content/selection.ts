import { readRelations, type RelatedType } from '../config/resolve';
import type { RelationSource, RelationTarget } from '../config/relation-sources';
import type { TextSource } from '../config/text-sources';

/** What a query of Strapi's database layer reads of a type: columns and related data. */
export interface Selection {
  select: string[];
  populate: Record<string, unknown>;
}

/**
 * Selects everything that is configured to be read, and nothing else.
 *
 * @param publishedOnly Leaves out related entries that are drafts.
 */
export function selectionOf(type: RelatedType, publishedOnly: boolean): Selection {
  const text = selectionOfText(type.text);
  const columns = [
    'id',
    'documentId',
    'updatedAt',
    type.localized ? 'locale' : null,
    type.title,
    type.slug,
    type.date,
    ...text.select,
    ...type.signals.flatMap(({ attributes }) => attributes),
  ];
  return {
    select: [...new Set(columns.filter((name): name is string => name !== null))],
    populate: {
      ...text.populate,
      ...Object.fromEntries(
        readRelations(type).map((relation) => [
          relation.attribute,
          selectionOfRelation(relation, publishedOnly),
        ]),
      ),
    },
  };
}

function selectionOfText(sources: readonly TextSource[]): Selection {
  const selection: Selection = { select: [], populate: {} };
  for (const source of sources) {
    switch (source.kind) {
      case 'component':
        selection.populate[source.attribute] = withId(selectionOfText(source.sources));
        break;
      case 'zone': {
        const components = [...source.components].map(([uid, inner]) => [
          uid,
          withId(selectionOfText(inner)),
        ]);
        selection.populate[source.attribute] = { on: Object.fromEntries(components) };
        break;
      }
      case 'media':
        selection.populate[source.attribute] = { select: ['documentId', ...source.fields] };
        break;
      default:
        selection.select.push(source.attribute);
    }
  }
  return selection;
}

function withId({ select, populate }: Selection): Selection {
  return { select: ['id', ...select], populate };
}

export function selectionOfRelation(
  { polymorphic, targets }: RelationSource,
  publishedOnly: boolean,
): Record<string, unknown> {
  const selectionOfTarget = ({ label, draftAndPublish, localized }: RelationTarget) => ({
    select: ['documentId', ...(label === null ? [] : [label]), ...(localized ? ['locale'] : [])],
    ...(publishedOnly && draftAndPublish && { where: { publishedAt: { $notNull: true } } }),
  });
  if (!polymorphic) return selectionOfTarget(targets[0]);
  return {
    on: Object.fromEntries(targets.map((target) => [target.uid, selectionOfTarget(target)])),
  };
}
