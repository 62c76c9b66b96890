import type { Core, UID } from '@strapi/strapi';

import { rowsAsAsked, rowsIn, type RowQuery } from '../content/rows';

/** A question to the document service. */
export interface Question {
  uid: string;
  action: 'findMany' | 'findOne';
  params: Record<string, unknown>;
}

/**
 * What the document service answers where no code of the project changes it: document middlewares that are asked to see
 * what they do get the truth, which they may keep, or act on.
 */
export function storedAnswer(strapi: Core.Strapi, question: Question): Promise<unknown> {
  const uid = question.uid as UID.ContentType;
  const { documentId, locale, ...asked } = question.params;
  const { draftAndPublish } = strapi.contentType(uid).options ?? {};
  const type = {
    draftAndPublish: Boolean(draftAndPublish),
    localized: typeof locale === 'string' && locale !== '*',
  };
  const status = asked.status === 'published' ? 'published' : 'draft';
  // With the status, which holds for what is populated too.
  const { where, ...query } = strapi.get('query-params').transform(uid, asked) as RowQuery;
  const within = [where ?? {}, rowsIn(type, status, locale as string)];
  const rows = rowsAsAsked(strapi, uid);
  if (question.action === 'findMany') return rows.findMany({ ...query, where: { $and: within } });
  return rows.findOne({ ...query, where: { $and: [...within, { documentId }] } });
}
