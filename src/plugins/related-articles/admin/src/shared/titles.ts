import type { PanelEntry } from '../../../shared/contracts';
import type { Format } from './format';

/** Returns the title of an entry, or what is shown in its place. */
export function titleOf(
  { title, state }: Pick<PanelEntry, 'title' | 'state'>,
  format: Format,
): string {
  if (state === 'masked') return format('state.masked');
  if (state === 'deleted') return format('state.deleted');
  return title || format('untitled');
}

/** The path of an entry within the admin panel. */
export function pathOf(uid: string, documentId: string, locale: string | undefined): string {
  const path = `/content-manager/collection-types/${uid}/${documentId}`;
  return locale ? `${path}?plugins[i18n][locale]=${locale}` : path;
}

/** The same with the path under which the admin panel is served. */
export function adminPathOf(uid: string, documentId: string, locale: string | undefined): string {
  const [admin] = window.location.pathname.split('/content-manager');
  return `${admin}${pathOf(uid, documentId, locale)}`;
}
