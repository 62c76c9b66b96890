import type { Core, UID } from '@strapi/strapi';

import type { RelationDelta } from '../../../../shared/contracts';
import type { Schema } from '../../config/attributes';
import type { RelationSource } from '../../config/relation-sources';
import { readRelations, type RelatedType } from '../../config/resolve';
import { entriesOf, type Entity } from '../../content/entity';
import { rowsFor } from '../../permissions/documents';
import type { EditorPermissions } from '../../permissions/editor-permissions';

/** The unsaved changes in an editor's form. */
export interface UnsavedChanges {
  values?: Record<string, unknown>;
  relations?: Record<string, RelationDelta>;
}

/** The attributes, other than relations, whose values in the form change the list. */
export function watchedAttributes(type: RelatedType): string[] {
  const names = [type.title, type.slug, ...type.text.map(({ attribute }) => attribute), type.date];
  return [...new Set(names.filter((name) => name !== null))];
}

/** The relations that an editor can change in the form; it only shows those to several types. */
export function watchedRelations(type: RelatedType): RelationSource[] {
  return readRelations(type).filter(({ polymorphic }) => !polymorphic);
}

/**
 * Returns an entry as it is in the form: the saved one with the changes that the editor may make.
 *
 * @param row The saved entry with what permissions depend on; `null` for a new one.
 * @param saved The saved entry as the index reads it.
 */
export async function applyUnsavedChanges(
  strapi: Core.Strapi,
  permissions: EditorPermissions,
  type: RelatedType,
  row: object | null,
  saved: Entity,
  { values = {}, relations = {} }: UnsavedChanges,
): Promise<Entity> {
  const watched = watchedAttributes(type).filter((name) => Object.hasOwn(values, name));
  const offered = Object.fromEntries(watched.map((name) => [name, values[name]]));
  const merged: Entity = {
    ...saved,
    ...(watched.length > 0 && (await permissions.writable(type.uid, row, offered))),
  };
  for (const relation of watchedRelations(type)) {
    const { attribute } = relation;
    if (!Object.hasOwn(relations, attribute)) continue;
    // Otherwise an editor who cannot read the relation could probe entries one by one.
    const mayRead = permissions.mayReadAttribute(type.uid, attribute);
    if (!mayRead || !permissions.mayWrite(type.uid, row, attribute)) continue;
    merged[attribute] = await mergeRelation(strapi, permissions, type, relation, {
      saved: entriesOf(saved[attribute]),
      delta: relations[attribute],
      locale: saved.locale ?? null,
    });
  }
  return merged;
}

async function mergeRelation(
  strapi: Core.Strapi,
  permissions: EditorPermissions,
  type: RelatedType,
  { attribute, targets: [target] }: RelationSource,
  { saved, delta, locale }: { saved: Entity[]; delta: RelationDelta; locale: string | null },
): Promise<Entity[]> {
  const gone = new Set(delta.disconnect.map(({ documentId }) => documentId));
  const wanted = [...new Set(delta.connect.map(({ documentId }) => documentId))];
  const added: Entity[] =
    wanted.length === 0 || !permissions.mayRead(target.uid)
      ? []
      : await permissions.findMany(target.uid, {
          filters: {
            $and: [await permissions.filters(target.uid), { documentId: { $in: wanted } }],
          },
          fields: target.label === null ? [] : [target.label],
          ...(target.localized && locale && { locale }),
          limit: rowsFor(wanted),
        });
  const order = new Map(wanted.map((documentId, place) => [documentId, place]));
  added.sort((a, b) => (order.get(a.documentId) ?? 0) - (order.get(b.documentId) ?? 0));

  const kept = saved.filter(({ documentId }) => !gone.has(documentId) && !order.has(documentId));
  const { attributes } = strapi.contentType(type.uid as UID.ContentType) as Schema;
  const { relation } = attributes[attribute];
  // A to-one relation keeps only the newly connected entry.
  const holdsOne = relation === 'manyToOne' || relation === 'oneToOne';
  return holdsOne && added.length > 0 ? added.slice(-1) : [...kept, ...added];
}
