import type { RelatedType } from '../../config/resolve';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { groupOf } from './rows';

/** The query for what rows show of an entry, as far as the editor may read it. */
export async function shownFields(
  permissions: EditorPermissions,
  type: RelatedType,
): Promise<{ fields: string[]; populate?: Record<string, object> }> {
  const mayRead = permissions.readable(type);
  const names = [type.title, type.slug, type.date].filter((name) => name !== null);
  const fields = [...names.filter(mayRead), 'documentId'];
  const group = groupOf(type);
  if (!group || !mayRead(group.attribute)) return { fields };
  const [{ uid, label }] = group.targets;
  if (label === null || !permissions.mayReadAttribute(uid, label)) return { fields };
  const filters = await permissions.filters(uid);
  return { fields, populate: { [group.attribute]: { fields: [label], filters } } };
}
