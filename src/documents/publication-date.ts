import type { Core } from '@strapi/strapi';

const UID = 'api::article.article';

/**
 * Gives an article its `date` when it is first published. Strapi's own `publishedAt` moves with
 * every publish; the date that readers see does not.
 */
export function registerPublicationDate(strapi: Core.Strapi): void {
  strapi.documents.use(async (context, next) => {
    if (context.uid !== UID) return next();
    const params = context.params as {
      documentId?: string;
      locale?: string | string[];
      status?: string;
      data?: Record<string, unknown>;
    };

    if (context.action === 'publish' && params.documentId) {
      const { documentId, locale } = params;
      return strapi.db.transaction(async () => {
        await fillDrafts(strapi, documentId, locale);
        return next();
      });
    }
    const publishes = params.status === 'published';
    if (context.action === 'create' && publishes && params.data && !params.data.date) {
      params.data.date = new Date().toISOString();
    }
    if (context.action === 'update' && publishes && params.documentId) {
      const { documentId, locale, data } = params;
      if (data && 'date' in data && !data.date) delete data.date;
      return strapi.db.transaction(async () => {
        const filled = await fillDrafts(strapi, documentId, locale);
        const isNewLocale = filled === 0 && !(await hasDraft(strapi, documentId, locale));
        if (isNewLocale && data && !data.date) data.date = new Date().toISOString();
        return next();
      });
    }
    return next();
  });
}

async function where(
  strapi: Core.Strapi,
  documentId: string,
  locale: string | string[] | undefined,
): Promise<Record<string, unknown>> {
  const drafts = { documentId, publishedAt: { $null: true } };
  if (locale === '*') return drafts;
  const asked = locale ?? (await strapi.plugin('i18n').service('locales').getDefaultLocale());
  return { ...drafts, locale: Array.isArray(asked) ? { $in: asked } : asked };
}

async function hasDraft(
  strapi: Core.Strapi,
  documentId: string,
  locale: string | string[] | undefined,
): Promise<boolean> {
  const count = await strapi.db
    .query(UID)
    .count({ where: await where(strapi, documentId, locale) });
  return count > 0;
}

/**
 * Dates the undated drafts that are about to be published; says how many. A draft whose
 * published version has a date takes that one.
 */
async function fillDrafts(
  strapi: Core.Strapi,
  documentId: string,
  locale: string | string[] | undefined,
): Promise<number> {
  const query = strapi.db.query(UID);
  const drafts: Row[] = await query.findMany({
    select: ['id', 'locale'],
    where: { ...(await where(strapi, documentId, locale)), date: { $null: true } },
  });
  for (const draft of drafts) {
    const published: Row | null = await query.findOne({
      select: ['id', 'date'],
      where: { documentId, locale: draft.locale, publishedAt: { $notNull: true } },
    });
    const date = published?.date ?? new Date().toISOString();
    await query.update({ where: { id: draft.id }, data: { date } });
  }
  return drafts.length;
}

interface Row {
  id: number;
  locale: string | null;
  date?: string | null;
}
