import fs from 'node:fs';
import path from 'node:path';

import { BREAD, MOON } from '../helpers/texts';
import { describeScenarios, NEW, OTHER, type Scenario } from './scenario';
import { ARTICLE, CATEGORY, TAG } from './site';

const SCENARIOS: Scenario[] = [
  {
    surface: 'strapi.db.query and SQL',
    what: 'curations written past the panel',
    pastStrapi: true,
    async *steps(site) {
      const [source, pin] = [await site.published(NEW), await site.published(OTHER)];
      await site.curate(source, { pins: [pin] });
      yield 'pinned';
      const query = site.strapi.db.query('plugin::related-articles.curation');
      await query.update({ where: { sourceId: source }, data: { pins: [], exclusions: [pin] } });
      yield 'update';
      await query.updateMany({ where: { sourceId: source }, data: { exclusions: [] } });
      yield 'updateMany';
      await site.strapi.db
        .connection('related_articles_curations')
        .where({ source_id: source })
        .update({ pins: JSON.stringify([pin]), revision: 7 });
      yield 'SQL';
      await query.delete({ where: { sourceId: source } });
      yield 'delete';
    },
  },
  {
    surface: 'REST',
    what: 'create published, update, move to another category, delete',
    async *steps(site) {
      const [kitchen, garden] = await Promise.all(
        ['Kitchen', 'Garden'].map(
          async (name) =>
            (await site.strapi.documents(CATEGORY).create({ data: { name } })).documentId,
        ),
      );
      const { data } = await site.rest('post', 'articles', { ...NEW, category: kitchen });
      yield 'created';
      await site.rest('post', 'articles', { ...OTHER, category: garden });
      yield 'another';
      await site.rest('put', `articles/${data.documentId}`, { body: MOON[1] });
      yield 'updated';
      await site.rest('put', `articles/${data.documentId}`, { category: garden });
      yield 'moved';
      await site.rest('put', `articles/${data.documentId}?locale=de`, {
        title: 'Neu',
        body: 'Brot',
      });
      yield 'German added';
      await site.rest('delete', `articles/${data.documentId}?locale=de`);
      yield 'German deleted';
      await site.rest('delete', `articles/${data.documentId}`);
      yield 'deleted';
    },
  },
  {
    surface: 'document service',
    what: 'publish all locales at once, unpublish and delete them',
    async *steps(site) {
      const documentId = await site.bilingual('Both');
      await site.bilingual('Beside');
      yield 'published';
      await site.articles.unpublish({ documentId, locale: '*' });
      yield 'unpublished';
      await site.articles.publish({ documentId, locale: '*' });
      yield 'published again';
      await site.articles.delete({ documentId, locale: '*' });
      yield 'deleted';
    },
  },
  {
    surface: 'document service',
    what: 'change the slug: links to it stop and resolve again',
    async *steps(site) {
      const documentId = await site.published({ title: 'Target', slug: 'target', body: MOON[0] });
      await site.published({ title: 'Linking', body: `${BREAD[0]} [see](/articles/target)` });
      yield 'linked';
      const slugged = (slug: string) =>
        site.articles.update({ documentId, data: { slug }, status: 'published' });
      await slugged('elsewhere');
      yield 'moved away';
      await slugged('target');
      yield 'moved back';
    },
  },
  {
    surface: 'document service',
    what: 'a write that rolls back in an outer transaction',
    changesNothing: true,
    async *steps(site) {
      yield 'before';
      await expect(
        site.strapi.db.transaction(async () => {
          await site.published(NEW);
          throw new Error('rolled back');
        }),
      ).rejects.toThrow('rolled back');
      yield 'rolled back';
    },
  },
  {
    surface: 'document service',
    what: 'two parallel saves of one article',
    async *steps(site) {
      const documentId = await site.published(NEW);
      yield 'published';
      await Promise.allSettled(
        [BREAD[2], MOON[0], MOON[1]].map((body) =>
          site.articles.update({ documentId, data: { body }, status: 'published' }),
        ),
      );
      yield 'saved at once';
    },
  },
  {
    surface: 'strapi.db.query',
    what: 'create, update, delete, updateMany, deleteMany, createMany',
    async *steps(site) {
      const query = site.strapi.db.query(ARTICLE);
      const documentId = await site.published(NEW);
      const where = { documentId, publishedAt: { $notNull: true } };
      yield 'published';
      await query.update({ where, data: { body: MOON[0] } });
      yield 'update';
      await query.updateMany({ where, data: { body: BREAD[2], title: 'Many' } });
      yield 'updateMany';
      await query.deleteMany({ where: { documentId } });
      yield 'deleteMany';
      const row = {
        ...OTHER,
        documentId: 'made',
        slug: 'made',
        locale: 'en',
        publishedAt: new Date(),
      };
      await query.createMany({ data: [row, { ...row, documentId: 'made-2', slug: 'made-2' }] });
      yield 'createMany';
      await query.delete({ where: { documentId: 'made' } });
      yield 'delete';
    },
  },
  {
    surface: 'Settings',
    what: 'delete a locale',
    async *steps(site) {
      const french = await site.settings('post', 'locales', {
        code: 'fr',
        name: 'French',
        isDefault: false,
      });
      for (const title of ['Pain', 'Levain']) {
        const documentId = await site.published({ title: `${title} english`, body: BREAD[1] });
        await site.articles.update({
          documentId,
          locale: 'fr',
          data: { title, body: 'pain levain farine four' },
          status: 'published',
        } as never);
      }
      yield 'two articles in French';
      await site.settings('delete', `locales/${french.id}`);
      yield 'French deleted';
    },
  },
  {
    surface: 'SQL',
    what: 'rows and join rows written outside Strapi',
    pastStrapi: true,
    async *steps(site) {
      const tag = await site.strapi.documents(TAG).create({ data: { name: 'yeast' } });
      const documentId = await site.published({ ...NEW, tags: [tag.documentId] });
      await site.published({ ...OTHER, tags: [tag.documentId] });
      yield 'published with a tag';
      const { connection } = site.strapi.db;
      await connection('articles_tags_lnk').delete();
      yield 'tags taken away';
      await connection('articles').where({ document_id: documentId }).delete();
      yield 'rows deleted';
      const [row] = await connection('articles').whereNotNull('published_at').limit(1);
      await connection('articles')
        .where({ id: row.id })
        .update({ title: 'Written by hand', updated_at: new Date() });
      yield 'a title changed';
      // As from a database whose clock or time zone is behind Strapi's.
      await connection('articles')
        .where({ id: row.id })
        .update({ title: 'Written by hand again', updated_at: new Date(Date.now() - 18_000_000) });
      yield 'a title changed at a time that is not the newest';
      // SQLite stores values as they are given.
      for (const at of ['2031-05-05 10:00:00', '2031-05-05 10:00:01', '2030-05-05 10:00:00']) {
        await connection('articles').where({ id: row.id }).update({ title: at, updated_at: at });
        yield `a title changed at ${at}`;
      }
      // Sums over ids and characters have room for both.
      const imported = { id: 9_000_000, document_id: '北海道旅行案内', slug: 'rye-by-hand' };
      await connection('articles').insert({ ...row, ...imported });
      yield 'an entry of another system, with its own id';
    },
  },
  {
    surface: 'command line',
    what: 'related-articles import, from another process',
    async *steps(site) {
      const file = path.join(site.running.folder, 'articles.jsonl');
      const line = (slug: string, body: string) =>
        JSON.stringify({
          slug,
          title: slug,
          body,
          tags: ['imported'],
          locale: 'en',
          publishedAt: '2026-01-01',
        });
      fs.writeFileSync(
        file,
        `${line('imported-one', BREAD[0])}\n${line('imported-two', MOON[0])}\n`,
      );
      await site.command('related-articles', 'import', '--publish', '--file', file);
      yield 'imported';
      fs.writeFileSync(file, `${line('imported-one', MOON[1])}\n`);
      await site.command('related-articles', 'import', '--publish', '--file', file);
      yield 'imported again with another text';
    },
  },
  {
    surface: 'command line',
    what: 'strapi export, a deletion, strapi import while running',
    pastStrapi: true,
    async *steps(site) {
      const file = path.join(site.running.folder, 'export');
      const [curated, pin] = [await site.published(NEW), await site.published(OTHER)];
      await site.curate(curated, { pins: [pin] });
      await site.command('strapi', 'export', '--no-encrypt', '--no-compress', '--file', file);
      const documentId = await site.published(NEW);
      yield 'published after the export';
      await site.articles.delete({ documentId, locale: '*' });
      await site.published(OTHER);
      yield 'another one';
      await site.curate(curated, { exclusions: [pin] }, 1);
      yield 'curated otherwise than in the export';
      await site.command('strapi', 'import', '--force', '--file', `${file}.tar`);
      yield 'imported';
      const list = (await site.served())[`${ARTICLE} en ${curated}`];
      expect(list[0]).toBe(pin);
    },
  },
];

describeScenarios(SCENARIOS);
