import { randomBytes } from 'node:crypto';
import type { Core } from '@strapi/strapi';

export interface Administrator {
  email: string;
  /** Only when the account was made now: afterwards nobody knows it but its owner. */
  password: string | null;
}

const EMAIL = 'editor@example.com';

/** An administrator for a database that has none. */
export async function ensureAdministrator(strapi: Core.Strapi): Promise<Administrator> {
  const existing = await strapi.db
    .query('admin::user')
    .findOne({ where: {}, orderBy: { id: 'asc' } });
  if (existing) return { email: existing.email, password: null };
  const password = `${randomBytes(9).toString('base64url')}aA1`;
  const role = await strapi.service('admin::role').getSuperAdmin();
  await strapi.service('admin::user').create({
    email: EMAIL,
    firstname: 'Demo',
    lastname: 'Editor',
    password,
    registrationToken: null,
    isActive: true,
    roles: [role.id],
  });
  return { email: EMAIL, password };
}
