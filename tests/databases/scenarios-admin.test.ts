import { appOf } from 'plugin/app';
import { MOON } from '../helpers/texts';
import { describeScenarios, NEW, OTHER, type Scenario } from './scenario';
import { ARTICLE, CATEGORY, TAG } from './site';

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
      // A different one in each round: a save that changes nothing cannot conflict.
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
];

describeScenarios(SCENARIOS);
