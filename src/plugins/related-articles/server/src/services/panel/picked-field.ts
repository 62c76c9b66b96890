import type { Core, UID } from '@strapi/strapi';

import type { PanelRow, PickedField } from '../../../../shared/contracts';
import type { Schema } from '../../config/attributes';
import { entriesOf, type Entity } from '../../content/entity';
import { rowsIn, rowsOf } from '../../content/rows';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import type { OpenEntry } from './panel';

const TAKES_SEVERAL = /ToMany$|^manyWay$/;

/**
 * Returns the relation in which this editor may pick listed entries, and the rows that are not in it yet.
 *
 * @param entity The entry as it is in the form; `null` if there is no form.
 */
export async function pickedField(
  strapi: Core.Strapi,
  permissions: EditorPermissions,
  { type, row, locale }: OpenEntry,
  entity: Entity | null,
  rows: readonly PanelRow[],
): Promise<PickedField | null> {
  if (!type.picked || !entity) return null;
  const { attribute } = type.picked;
  const { attributes } = strapi.contentType(type.uid as UID.ContentType) as Schema;
  if (!TAKES_SEVERAL.test(attributes[attribute]?.relation ?? '')) return null;
  if (!permissions.mayWrite(type.uid, row, attribute)) return null;
  if (!permissions.readable(type)(attribute)) return null;
  const there = new Set(entriesOf(entity[attribute]).map(({ documentId }) => documentId));
  const offered = rows
    .filter(({ reference, title }) => title !== null && !there.has(reference))
    .map(({ reference }) => reference);
  const drafts = await rowsOf<{ id: number | string; documentId: string }>(
    strapi,
    type.uid,
  ).findMany({
    // prettier-ignore
    select: ['id', 'documentId'],
    where: { documentId: { $in: offered }, ...rowsIn(type, 'draft', locale) },
  });
  return {
    attribute,
    ids: Object.fromEntries(drafts.map(({ id, documentId }) => [documentId, id])),
  };
}
