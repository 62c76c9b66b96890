import type { Core, UID } from '@strapi/strapi';

import type { AttributeSchema, Schema } from '../config/attributes';
import { readRelations, type RelatedType } from '../config/resolve';
import { someSource, type TextSource } from '../config/text-sources';
import { entryId } from './mapper';

/** Used as the relation's name for the captions of files. */
export const FILES = 'plugin::upload.file';

/** A relation through which writes to its target change documents of a type. */
export interface Dependency {
  type: RelatedType;
  relation: string;
  /** The attributes of the target that lead back. */
  inverse: string[];
  /** Whether what is set through them names rows, as no query leads back over a polymorphic relation. */
  byRows: boolean;
  /** Whether a document has one entry at most: another one that it is set to takes it from there. */
  hasOne: boolean;
  /** How the index knows an entry of the target. */
  idOf: (documentId: string) => string;
}

/** What depends on the entries of each content type, by the uid of that. */
export type Dependencies = ReadonlyMap<string, readonly Dependency[]>;

export function dependenciesOf(
  strapi: Core.Strapi,
  types: ReadonlyMap<string, RelatedType>,
): Dependencies {
  const dependencies = new Map<string, Dependency[]>();
  const add = (target: string, dependency: Dependency) => {
    dependencies.set(target, [...(dependencies.get(target) ?? []), dependency]);
  };
  for (const type of types.values()) {
    const { attributes } = strapi.contentType(type.uid as UID.ContentType) as Schema;
    for (const relation of readRelations(type)) {
      const own = attributes[relation.attribute];
      for (const { uid } of relation.targets) {
        const target = strapi.contentType(uid as UID.ContentType) as Schema;
        add(uid, {
          type,
          relation: relation.attribute,
          inverse: inverseOf(own, relation.attribute, type.uid, target),
          byRows: relation.polymorphic,
          hasOne: ['manyToOne', 'oneToOne'].includes(own.relation ?? ''),
          idOf: (documentId) => entryId(relation, uid, documentId),
        });
      }
    }
    if (readsFiles(type.text)) {
      add(FILES, {
        type,
        relation: FILES,
        inverse: ['related'],
        byRows: true,
        hasOne: false,
        idOf: (documentId) => documentId,
      });
    }
  }
  return dependencies;
}

/** The attributes of the target through which the relation can be set from there. */
function inverseOf(
  { inversedBy, mappedBy, morphBy }: AttributeSchema,
  attribute: string,
  uid: string,
  target: Schema,
): string[] {
  const named = [inversedBy, mappedBy, morphBy].filter((name) => name !== undefined);
  // Only the other side of a polymorphic relation names it.
  const leading = Object.entries(target.attributes)
    .filter(([, other]) => other.morphBy === attribute && other.target === uid)
    .map(([name]) => name);
  return [...named, ...leading];
}

/** Whether the captions of files count as text. */
export const readsFiles = (sources: readonly TextSource[]): boolean =>
  someSource(sources, ({ kind }) => kind === 'media');
