import fs from 'node:fs';
import path from 'node:path';

import { appOf } from 'plugin/app';
import { DATABASE, startDatabase, type Kind, type TestDatabase } from '../helpers/databases';
import { differences, listsOf, rebuilt, saved, surveyDifferences } from '../helpers/in-step';
import { BREAD, MOON } from '../helpers/texts';
import { ARTICLE, CATEGORY, Site, TAG } from './site';

/** Writes, with what was done after each. */
type Steps = AsyncGenerator<string>;

interface Scenario {
  surface: string;
  what: string;
  steps: (site: Site) => Steps;
  /** The index does not know of it before a check. */
  pastStrapi?: boolean;
  /** Whether the lists are the same before and after each step. */
  changesNothing?: boolean;
}

const NEW = { title: 'New', body: BREAD[1] };
const OTHER = { title: 'Other', body: `${BREAD[2]} ${MOON[0]}` };

const SCENARIOS: Scenario[] = [
  {
    surface: 'content manager',
    what: 'create a draft, publish, edit, re-publish, edit, discard, unpublish, delete',
    async *steps(site) {
      const { data } = await site.manage('post', ARTICLE, NEW);
      const place = `${ARTICLE}/${data.documentId}`;
      yield 'draft';
      await site.manage('post', `${place}/actions/publish`, NEW);
      yield 'published';
      await site.manage('put', place, { ...NEW, ...OTHER });
      yield 'draft over a published article';
      await site.manage('post', `${place}/actions/publish`, OTHER);
      yield 're-published';
      await site.manage('put', place, { ...OTHER, body: MOON[1] });
      await site.manage('post', `${place}/actions/discard`);
      yield 'discarded';
      await site.manage('post', `${place}/actions/unpublish`);
      yield 'unpublished';
      await site.manage('post', `${place}/actions/publish`, OTHER);
      yield 'published again';
      await site.manage('delete', place);
      yield 'deleted';
    },
  },
  {
    surface: 'content manager',
    what: 'create published, clone',
    async *steps(site) {
      const { data } = await site.manage('post', `${ARTICLE}/actions/publish`, NEW);
      yield 'created published';
      const clone = await site.manage('post', `${ARTICLE}/clone/${data.documentId}`, {
        title: 'Clone',
        slug: 'clone',
      });
      yield 'cloned';
      await site.manage('post', `${ARTICLE}/${clone.data.documentId}/actions/publish`, {});
      yield 'clone published';
    },
  },
  {
    surface: 'content manager',
    what: 'bulk publish, unpublish, delete',
    async *steps(site) {
      const documentIds = [await site.draft(NEW), await site.draft(OTHER)];
      for (const action of ['bulkPublish', 'bulkUnpublish', 'bulkPublish', 'bulkDelete']) {
        await site.manage('post', `${ARTICLE}/actions/${action}?locale=en`, { documentIds });
        yield action;
      }
    },
  },
  {
    surface: 'content manager',
    what: 'the same for one locale of two',
    async *steps(site) {
      const ids = [await site.bilingual('One'), await site.bilingual('Two')];
      const place = `${ARTICLE}/${ids[0]}`;
      yield 'two articles in two locales';
      await site.manage('post', `${place}/actions/unpublish?locale=de`);
      yield 'German unpublished';
      const german = { title: 'Eins', body: 'Roggenmehl und Sauerteig im Ofen' };
      await site.manage('post', `${place}/actions/publish?locale=de`, german);
      yield 'German published';
      await site.manage('put', `${place}?locale=de`, { ...german, body: 'Mond und Krater' });
      await site.manage('post', `${place}/actions/discard?locale=de`);
      yield 'German draft discarded';
      for (const action of ['bulkUnpublish', 'bulkPublish', 'bulkDelete']) {
        await site.manage('post', `${ARTICLE}/actions/${action}?locale=de`, { documentIds: ids });
        yield `${action} of German`;
      }
      await site.manage('delete', `${place}?locale=en`);
      yield 'English deleted';
    },
  },
  {
    surface: 'content manager',
    what: 'add a locale to a document, change a field that is not localized',
    async *steps(site) {
      const documentId = await site.published(NEW);
      const place = `${ARTICLE}/${documentId}`;
      await site.manage('put', `${place}?locale=de`, { title: 'Neu', body: 'Brot im Ofen' });
      yield 'German added';
      await site.manage('post', `${place}/actions/publish?locale=de`, {});
      yield 'German published';
      const { data } = await site.manage('post', CATEGORY, { name: 'Shared' });
      await site.manage('put', place, {
        ...NEW,
        category: { connect: [{ documentId: data.documentId }] },
      });
      yield 'a category, which is not localized';
      await site.manage('post', `${place}/actions/publish?locale=en`, {});
      yield 'English published with it';
      await site.manage('post', `${place}/actions/publish?locale=de`, {});
      yield 'German published with it';
    },
  },
  {
    surface: 'content manager',
    what: 'rename, fill from its side, empty and delete a category and a tag',
    async *steps(site) {
      const ids = [await site.published(NEW), await site.published(OTHER)];
      for (const uid of [CATEGORY, TAG]) {
        const { data } = await site.manage('post', uid, { name: `Kitchen ${uid}` });
        const place = `${uid}/${data.documentId}`;
        const connect = ids.map((documentId) => ({ documentId }));
        await site.manage('put', place, { articles: { connect } });
        for (const documentId of ids) {
          await site.manage('post', `${ARTICLE}/${documentId}/actions/publish`, {});
        }
        yield `${uid}: articles connected`;
        await site.manage('put', place, { name: `Moonlight ${uid}` });
        yield `${uid}: renamed`;
        await site.manage('put', place, { articles: { disconnect: connect.slice(1) } });
        await site.manage('post', `${ARTICLE}/${ids[1]}/actions/publish`, {});
        yield `${uid}: an article disconnected`;
        await site.manage('delete', place);
        yield `${uid}: deleted`;
      }
    },
  },
  {
    surface: 'panel',
    what: 'pin, exclude, reorder; publish, unpublish, discard, delete what is curated and pinned',
    async *steps(site) {
      const source = await site.published(NEW);
      const pins = [await site.published(OTHER), await site.bilingual('Both')];
      const place = `${ARTICLE}/${source}`;
      yield 'published';
      await site.curate(source, { pins });
      yield 'two pinned';
      await site.curate(source, { pins: [pins[1]], exclusions: [pins[0]] }, 1);
      yield 'one of them excluded';
      await site.curate(source, { pins: [pins[1], pins[0]] }, 2);
      yield 'pinned the other way round';
      await site.manage('put', place, { title: 'Edited' });
      await site.manage('post', `${place}/actions/publish`, {});
      yield 're-published';
      await site.manage('put', place, { title: 'Edited again' });
      await site.manage('post', `${place}/actions/discard`);
      yield 'discarded';
      await site.manage('post', `${place}/actions/unpublish`);
      yield 'unpublished';
      await appOf(site.strapi).index.sweep(0);
      await site.manage('post', `${place}/actions/publish`, {});
      yield 'published again, with its pins';
      await site.curate(pins[1], { locale: 'de', exclusions: [source] });
      await site.manage('post', `${ARTICLE}/${pins[1]}/actions/unpublish?locale=en`);
      yield 'a pin is unpublished in this locale';
      await site.manage('delete', `${ARTICLE}/${pins[0]}`);
      yield 'a pin is deleted';
      const clone = await site.manage('post', `${ARTICLE}/clone/${source}`, {
        title: 'Clone',
        slug: 'clone-with-pins',
      });
      const copied = `${ARTICLE}/${clone.data.documentId}`;
      await site.manage('post', `${ARTICLE}/${pins[1]}/actions/publish?locale=en`, {});
      await site.manage('post', `${copied}/actions/publish`, {});
      yield 'a clone, with a copy of the pins';
      await site.curate(clone.data.documentId, {}, 1);
      yield 'the clone unpinned, the original not';
      await site.manage('delete', place);
      await site.settled();
      await appOf(site.strapi).index.sweep(0);
      await appOf(site.strapi).index.sweep(0);
      expect(await site.curated()).toEqual([`en ${clone.data.documentId}`, `de ${pins[1]}`].sort());
      yield 'deleted, and the pins with it';
    },
  },
  {
    surface: 'panel',
    what: 'editors at once: what is about different entries merges, a contradiction is a conflict',
    async *steps(site) {
      const source = await site.published(NEW);
      const pins = [await site.published(OTHER), await site.published({ ...OTHER, title: 'More' })];
      // Another one for each round: a save that changes nothing conflicts with nothing.
      const others: string[] = [];
      for (const title of ['A', 'B', 'C']) others.push(await site.published({ ...OTHER, title }));
      yield 'published';
      for (const revision of [0, 1, 2]) {
        const saves = await Promise.allSettled(
          [0, 1, 0, 1].map((i) => {
            const [pin, exclusion] = i === 0 ? [pins[0], others[revision]] : [others[revision], pins[0]]; // prettier-ignore
            return site.curate(source, { pins: [pin], exclusions: [exclusion] }, revision);
          }),
        );
        const refused = saves.flatMap((save) =>
          save.status === 'rejected' ? [String(save.reason)] : [],
        );
        expect(refused).toHaveLength(2);
        for (const reason of refused) expect(reason).toMatch(/ 409 /);
        yield `revision ${revision + 1}`;
      }
      const merged = await site.published({ ...NEW, title: 'Merged' });
      const all = [...pins, ...others.slice(0, 2)];
      const saves = await Promise.allSettled(
        all.map((pin) => site.curate(merged, { pins: [pin], exclusions: [] }, 0)),
      );
      expect(saves.map(({ status }) => status)).toEqual(all.map(() => 'fulfilled'));
      yield 'merged';
      const row = await site.strapi.db
        .query('plugin::related-articles.curation')
        .findOne({ where: { sourceId: merged } });
      expect([...row.pins].sort()).toEqual([...all].sort());
    },
  },
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

/** One test for each scenario, each step compared with a new index of what is in the database. */
function describeScenarios(kind: Kind): void {
  let database: TestDatabase;
  let site: Site;

  beforeAll(async () => {
    database = await startDatabase(kind);
    site = await Site.start(database);
  });
  afterAll(async () => {
    await site?.running.stop();
    await database?.remove();
  });

  test.each(
    SCENARIOS.map(
      (scenario) => [`${kind}, ${scenario.surface}: ${scenario.what}`, scenario] as const,
    ),
  )('%s', async (_name, { steps, pastStrapi, changesNothing }) => {
    const states = new Set<string>();
    const see = async (step: string) => {
      await site.settled({ pastStrapi });
      expect({ step, differences: await differences(site.strapi) }).toEqual({
        step,
        differences: [],
      });
      const fresh = await listsOf(await rebuilt(site.strapi), await saved(site.strapi));
      const ids = Object.entries(fresh).map(([key, list]) => [
        key,
        list?.map(({ documentId }) => documentId),
      ]);
      expect({ step, served: await site.served() }).toEqual({
        step,
        served: Object.fromEntries(ids),
      });
      states.add(JSON.stringify(fresh));
    };
    await see('at the beginning');
    await surveyDifferences(site.strapi);
    for await (const step of steps(site)) await see(step);
    // Once, because figures rest for a second after each look.
    expect(await surveyDifferences(site.strapi)).toEqual([]);
    // A scenario that changed nothing has tested nothing.
    if (changesNothing) expect(states.size).toBe(1);
    else expect(states.size).toBeGreaterThan(1);
    expect(appOf(site.strapi).index.health().troubles).toEqual([]);
  });
}

describeScenarios(DATABASE);
