import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Core, UID } from '@strapi/strapi';

import { drawCover } from './cover';
import { readMagazine, readTaxonomy, type MagazineArticle, type Taxonomy } from './magazine';

const ARTICLE = 'api::article.article';
const CATEGORY = 'api::category.category';
const TAG = 'api::tag.tag';
const CURATION = 'plugin::related-articles.curation' as UID.ContentType;
const CURATION_EVENT = 'plugin::related-articles.curation-event' as UID.ContentType;

/** Fills the database with the demo magazine. What is there already stays as it is, so it can be run again. */
export async function seedMagazine(strapi: Core.Strapi): Promise<void> {
  const done = await strapi.store.get({ type: 'demo', key: 'seeded' });
  if (done) return;

  const folder = path.join(strapi.dirs.app.src, 'demo/magazine');
  const taxonomy = await readTaxonomy(folder);
  await addGerman(strapi);
  const categories = await seedCategories(strapi, taxonomy);
  const tags = await seedTags(strapi, taxonomy);

  const english = await readMagazine(folder, 'en');
  const german = new Map(
    (await readMagazine(folder, 'de')).map((article) => [article.name, article]),
  );
  strapi.log.info(`demo: writing ${english.length} articles and drawing their covers`);
  for (const article of english) {
    const entry = {
      ...contentOf(article),
      ...(article.date && { date: new Date(article.date).toISOString() }),
      category: categories.get(article.category ?? ''),
      tags: article.tags.map((tag) => tags.get(tag) as string),
    };
    const exists = await strapi
      .documents(ARTICLE)
      .findFirst({ filters: { slug: article.slug }, locale: 'en' });
    if (exists) continue;
    const cover = article.draft ? null : await uploadCover(strapi, article);
    const created = await strapi.documents(ARTICLE).create({
      data: { ...entry, cover },
      locale: 'en',
      status: article.draft ? 'draft' : 'published',
    });
    const translation = german.get(article.name);
    if (translation) {
      await strapi.documents(ARTICLE).update({
        documentId: created.documentId,
        data: { ...entry, ...contentOf(translation), cover },
        locale: 'de',
        status: 'published',
      });
    }
  }
  await pinDraft(strapi);
  await strapi.store.set({ type: 'demo', key: 'seeded', value: true });
}

/** A pin that readers do not get yet, so that editors see what becomes of one. */
async function pinDraft(strapi: Core.Strapi): Promise<void> {
  const idOf = async (slug: string, status: 'draft' | 'published') =>
    (await strapi.documents(ARTICLE).findFirst({ filters: { slug }, locale: 'en', status }))
      ?.documentId;
  const sourceId = await idOf('slow-routes-across-the-alps', 'published');
  const pin = await idOf('the-last-ferryman', 'draft');
  if (!sourceId || !pin) return;
  const source = { sourceType: ARTICLE, sourceId, sourceLocale: 'en' };
  const decisions = { pins: [pin], exclusions: [], revision: 1, editor: 'Demo Editor' };
  for (const uid of [CURATION, CURATION_EVENT]) {
    const data = { ...source, ...decisions, ...(uid === CURATION_EVENT && { action: 'changed' }) };
    await strapi.db.query(uid).create({ data });
  }
}

function contentOf({ slug, title, excerpt, body }: MagazineArticle) {
  return { slug, title, excerpt, body };
}

async function addGerman(strapi: Core.Strapi): Promise<void> {
  const locales = strapi.plugin('i18n').service('locales');
  if (!(await locales.findByCode('de'))) {
    await locales.create({ code: 'de', name: 'German (de)' });
  }
}

async function seedCategories(
  strapi: Core.Strapi,
  { categories }: Taxonomy,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const [name, { de, description }] of Object.entries(categories)) {
    const known = await strapi.documents(CATEGORY).findFirst({ filters: { name }, locale: 'en' });
    const { documentId } =
      known ??
      (await strapi.documents(CATEGORY).create({ data: { name, description }, locale: 'en' }));
    if (!known) {
      await strapi.documents(CATEGORY).update({ documentId, data: { name: de }, locale: 'de' });
    }
    ids.set(name, documentId);
  }
  return ids;
}

async function seedTags(strapi: Core.Strapi, { tags }: Taxonomy): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const [name, german] of Object.entries(tags)) {
    const known = await strapi.documents(TAG).findFirst({ filters: { name }, locale: 'en' });
    const { documentId } =
      known ?? (await strapi.documents(TAG).create({ data: { name }, locale: 'en' }));
    if (!known) {
      await strapi.documents(TAG).update({ documentId, data: { name: german }, locale: 'de' });
    }
    ids.set(name, documentId);
  }
  return ids;
}

async function uploadCover(strapi: Core.Strapi, article: MagazineArticle): Promise<number> {
  const picture = await drawCover(article.name, article.category ?? '');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cover-'));
  try {
    const filepath = path.join(folder, `${article.name}.jpg`);
    await writeFile(filepath, picture);
    const [file] = await strapi
      .plugin('upload')
      .service('upload')
      .upload({
        data: { fileInfo: { name: `${article.name}.jpg`, alternativeText: '' } },
        files: {
          filepath,
          originalFilename: `${article.name}.jpg`,
          mimetype: 'image/jpeg',
          size: picture.length,
        },
      });
    return file.id;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
