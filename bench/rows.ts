import type { Core } from '@strapi/strapi';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { generateArticles } from './generator';

const CHUNK = 200;

/**
 * Inserts generated articles as rows: published and, if asked for, drafts too. Bypasses Strapi, which would take half
 * an hour for a hundred thousand.
 */
export async function insertArticles(
  strapi: Core.Strapi,
  sources: readonly ArticleLine[],
  size: number,
  withDrafts = false,
): Promise<void> {
  let rows: Record<string, unknown>[] = [];
  const flush = async () => {
    await strapi.db.connection.batchInsert('articles', rows, CHUNK / 4);
    rows = [];
  };
  const now = Date.now();
  for (const { slug, title, body, publishedAt } of generateArticles(sources, size)) {
    const row = {
      document_id: slug,
      title,
      slug,
      body,
      date: publishedAt,
      locale: 'en',
      created_at: now,
      updated_at: now,
    };
    rows.push({ ...row, published_at: now });
    if (withDrafts) rows.push({ ...row, published_at: null });
    if (rows.length >= CHUNK) await flush();
  }
  await flush();
}
