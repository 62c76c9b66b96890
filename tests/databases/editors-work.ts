import { appOf } from 'plugin/app';
import { differences } from '../helpers/in-step';
import { BREAD, MOON } from '../helpers/texts';
import { until } from '../../soak/processes';
import { ARTICLE, type Site } from './site';

export const NEW = { title: 'New', body: BREAD[1] };

/** What health reports as wrong. */
export const troublesOf = (site: Site): string =>
  appOf(site.strapi)
    .index.health()
    .troubles.map(({ message }) => message)
    .join('\n');

/** Does what editors do all day in the admin panel; fails unless everything is saved. */
export async function editorsWorkOn(site: Site): Promise<void> {
  const { data } = await site.manage('post', ARTICLE, NEW);
  const place = `${ARTICLE}/${data.documentId}`;
  await site.manage('post', `${place}/actions/publish`, { ...NEW, title: 'Published' });
  await site.manage('put', place, { title: 'Edited', body: MOON[0] });
  await site.manage('post', `${place}/actions/publish`, { title: 'Published again' });
  await site.curate(data.documentId, { pins: [data.documentId] }).catch((error: Error) => {
    // The panel refuses this, whatever the log does.
    if (!/400/.test(error.message)) throw error;
  });
  const clone = await site.manage('post', `${ARTICLE}/clone/${data.documentId}`, {
    title: 'Clone',
    slug: null,
  });
  await site.curate(clone.data.documentId, { pins: [data.documentId] });
  const documentIds = [await site.draft(NEW), await site.draft(NEW), await site.draft(NEW)];
  await site.manage('post', `${ARTICLE}/actions/bulkPublish?locale=en`, { documentIds });
  await site.manage('post', `${ARTICLE}/actions/bulkUnpublish?locale=en`, {
    documentIds: documentIds.slice(2),
  });
  await site.manage('delete', `${ARTICLE}/${documentIds[0]}`);

  const published = await site.articles.findMany({
    status: 'published',
    filters: { documentId: { $in: [data.documentId, ...documentIds] } },
  });
  expect(published.map(({ title }) => title).sort()).toEqual(['New', 'Published again']);
}

/** Waits until nothing is wrong any more; fails unless the index equals a rebuilt one. */
export async function untilInStep(site: Site): Promise<void> {
  await until('all is well', async () => troublesOf(site) === '', 60_000);
  await site.settled();
  expect(await differences(site.strapi)).toEqual([]);
}
