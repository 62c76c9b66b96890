import { knownTypes } from '../panel/useTypes';
import { SEE_OVERVIEW } from '../permissions';

/** Whether this editor may see the overview; `null` before that is known. */
let seesOverview: boolean | null = null;

/** Notes what this editor may do, for code that cannot call `useAuth`: what hooks give to Strapi. */
export function noteActions(actions: ReadonlySet<string | undefined>): void {
  seesOverview = SEE_OVERVIEW.every(({ action }) => actions.has(action));
}

/**
 * The configured type whose list is open in the content manager; `null` for any other page, and for editors who may not
 * see the overview, from which the list's column and filter come.
 */
export function openType(): string | null {
  const [, uid] = /\/content-manager\/collection-types\/([^/?]+)/.exec(window.location.pathname) ?? []; // prettier-ignore
  return uid && knownTypes()?.has(uid) && seesOverview !== false ? uid : null;
}
