import type { Core } from '@strapi/strapi';

/**
 * Whether a caller has the right to an action.
 *
 * @param auth The caller, as Strapi's authentication knows them; if `undefined`, nobody has any rights.
 */
export async function mayDo(strapi: Core.Strapi, auth: unknown, action: string): Promise<boolean> {
  try {
    await strapi.auth.verify(auth as never, { scope: [action] });
    return true;
  } catch {
    return false;
  }
}
