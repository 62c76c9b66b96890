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
 * What the document service answers where no document middleware changes it: document middlewares that are asked to see
 * what they do get the truth, which they may keep, or act on.
 */
export function storedAnswer(strapi: Core.Strapi, question: Question): Promise<unknown> {
  const uid = question.uid as UID.ContentType;
  const { documentId, locale, ...asked } = question.params;
  // These are for the document service alone.
  for (const name of ['hasPublishedVersion', 'publicationFilter']) delete asked[name];
  const contentType = strapi.contentType(uid);
  const type = {
    draftAndPublish: Boolean(contentType.options?.draftAndPublish),
    localized: isLocalized(contentType as Schema) && locale !== undefined && locale !== '*',
  };
  const status = asked.status === 'published' ? 'published' : 'draft';
  // With the status, which holds for what is populated too.
  const { where, ...query } = strapi.get('query-params').transform(uid, asked) as RowQuery;
  const within = [where ?? {}, rowsIn(type, status, locale as string)];
  const rows = rowsAsAsked(strapi, uid);
  if (question.action === 'findMany') return rows.findMany({ ...query, where: { $and: within } });
  return rows.findOne({ ...query, where: { $and: [...within, { documentId }] } });
}
