import type { Core, UID } from '@strapi/strapi';

import { isLocalized, type Schema } from '../config/attributes';
import { rowsAsAsked, rowsIn, type RowQuery } from '../content/rows';

/** A question to the document service. */
export interface Question {
  uid: string;
  action: 'findMany' | 'findOne';
  params: Record<string, unknown>;
}

/**
 * Returns what the document service answers if no document middleware changes the answer. Middlewares that are only run
 * to see what they do get the real answer, because they may cache it or act on it.
 */
export function storedAnswer(strapi: Core.Strapi, question: Question): Promise<unknown> {
  const uid = question.uid as UID.ContentType;
  const { documentId, locale, ...asked } = question.params;
  // Only the document service understands these.
  for (const name of ['hasPublishedVersion', 'publicationFilter']) delete asked[name];
  const contentType = strapi.contentType(uid);
  const type = {
    draftAndPublish: Boolean(contentType.options?.draftAndPublish),
    localized: isLocalized(contentType as Schema) && locale !== undefined && locale !== '*',
  };
  const status = asked.status === 'published' ? 'published' : 'draft';
  // The status stays in the query, because it also applies to what is populated.
  const { where, ...query } = strapi.get('query-params').transform(uid, asked) as RowQuery;
  const within = [where ?? {}, rowsIn(type, status, locale as string)];
  const rows = rowsAsAsked(strapi, uid);
  if (question.action === 'findMany') return rows.findMany({ ...query, where: { $and: within } });
  return rows.findOne({ ...query, where: { $and: [...within, { documentId }] } });
}
