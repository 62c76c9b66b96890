import type { Core, UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import { appOf } from '../../app';
import { isPrivate } from '../../config/private-attributes';
import { didYouMean } from '../../config/nearest';
import type { RelatedType } from '../../config/resolve';
import { tokenType } from '../../permissions/api-tokens';
import { guardQuery } from '../../permissions/query-guard';
import { mayDo } from '../../permissions/rights-of-caller';
import type { Schema } from '../../permissions/schema-path';
import { writingActions } from '../../permissions/writers';

export interface AskedQuery {
  fields?: unknown;
  populate?: unknown;
  filters?: unknown;
}

/**
 * Validates and sanitizes Strapi's own part of a request for the caller.
 *
 * @param rows How many documents filters choose among (`roots`), and how many the answer has (`page`).
 * @throws ValidationError (400) that names the parameter, with the nearest valid name for a misspelt attribute.
 */
export async function callerQuery(
  strapi: Core.Strapi,
  ctx: Context,
  uid: string,
  query: AskedQuery,
  rows: { roots: number; page: number },
): Promise<AskedQuery> {
  const { fields, populate, filters } = query;
  const asked = Object.fromEntries(
    Object.entries({ fields, populate, filters }).filter(([, value]) => value !== undefined),
  );
  const contentType = strapi.contentType(uid as UID.ContentType);
  const { auth } = ctx.state;
  // Validate permissions first: the guard's messages could reveal hidden attributes.
  try {
    await strapi.contentAPI.validate.query(asked, contentType, { auth, strictParams: true });
    await guardQuery(appOf(strapi).guard, uid, asked, { ...rows, auth });
  } catch (error) {
    throw await hinted(strapi, ctx, contentType as unknown as Schema, error);
  }
  return strapi.contentAPI.sanitize.query(asked, contentType, { auth, strictParams: true });
}

interface Details {
  key?: unknown;
  path?: unknown;
  param?: unknown;
}

/** Adds to Strapi's error the parameter, and the attribute that was probably meant, if the caller may know it. */
async function hinted(
  strapi: Core.Strapi,
  ctx: Context,
  schema: Schema,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof errors.ValidationError)) return error;
  const { key, path, param } = (error.details ?? {}) as Details;
  // Deeper attributes belong to other types: Strapi gives their path in filters, but not in populate.
  const isOwn = path === key || (param !== 'populate' && (path === null || path === undefined));
  if (typeof key !== 'string' || typeof param !== 'string' || !isOwn) return error;
  if (key.startsWith('$')) return error;
  const names: string[] = [];
  for (const [name, attribute] of Object.entries(schema.attributes)) {
    if (isPrivate(schema, name) || attribute.type === 'password') continue;
    const { target } = attribute as { target?: string };
    if (attribute.type === 'relation' && !(target && (await mayFind(strapi, ctx, target))))
      continue;
    names.push(name);
  }
  if (names.includes(key)) return error;
  const message = `${param}: there is no attribute "${key}".${didYouMean(key, names)}`;
  return new errors.ValidationError(message, error.details);
}

/** Whether the sender of a request may list a type. */
export const mayFind = (strapi: Core.Strapi, ctx: Context, uid: string): Promise<boolean> =>
  mayCall(strapi, ctx, `${uid}.find`);

/** Whether the sender of a request has the right to an action. */
export const mayCall = (strapi: Core.Strapi, ctx: Context, action: string): Promise<boolean> =>
  mayDo(strapi, ctx.state.auth, action);

/** Whether the sender may put words into entries of a type. False for full-access tokens, which may read all anyway. */
export async function mayWrite(
  strapi: Core.Strapi,
  ctx: Context,
  type: RelatedType,
): Promise<boolean> {
  if (tokenType(ctx.state.auth) === 'full-access') return false;
  const may = await Promise.all(writingActions(type).map((action) => mayCall(strapi, ctx, action)));
  return may.includes(true);
}
