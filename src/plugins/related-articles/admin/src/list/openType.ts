import { knownTypes } from '../panel/useTypes';

/** The configured type whose list is open in the content manager; `null` for any other page. */
export function openType(): string | null {
  const [, uid] = /\/content-manager\/collection-types\/([^/?]+)/.exec(window.location.pathname) ?? []; // prettier-ignore
  return uid && knownTypes()?.has(uid) ? uid : null;
}
