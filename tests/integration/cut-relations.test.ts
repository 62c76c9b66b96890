import { answering, publishIn, uidOf, writeCircle, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* A controller cuts the circle from some answers: fillers of short lists must not reveal who belongs to which. */

const CUT = answering('piece', "one.title?.startsWith('Secret') ? { ...one, circle: null } : one");
const NAMES = ['piece', 'sorted', 'ruled'];

let site: Running;
const circles: Record<string, string> = {};
const ids: Record<string, Record<string, string>> = {};
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const name of NAMES)
      writeType(appDir, { name, controller: CUT.replaceAll('piece', name) });
    writeCircle(appDir, NAMES);
    for (const name of NAMES) {
      config.contentTypes[uidOf(name)] = {
        title: 'title',
        text: { body: 1 },
        relations: { circle: { weight: 1, label: 'title' } },
        ...(name === 'sorted' && { rules: { same: ['circle'] } }),
        ...(name === 'ruled' && { rules: { same: ['circle'], never: { circle: ['Ships'] } } }),
      };
    }
  });
  for (const title of ['Mills', 'Ships']) circles[title] = await publishIn(site.strapi, 'circle', { title }); // prettier-ignore
  for (const name of NAMES) {
    ids[name] = {};
    // Lists start with the newest, so entries of the sources' circle come after the others.
    for (const title of [
      'Secret mill',
      'Open mill',
      'Secret ship',
      'Open ship',
      'Open source',
      'Secret source',
    ]) {
      const circle = circles[/ship/.test(title) ? 'Ships' : 'Mills'];
      ids[name][title] = await publishIn(site.strapi, name, {
        title,
        body: `${title} alone`,
        circle,
      });
    }
  }
  await grantPublic(site.strapi, [
    RELATED_FIND,
    ...[...NAMES, 'circle'].flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

async function filled(name: string, title: string, query: string): Promise<string[]> {
  const place = `/api/${name}s/${ids[name][title]}/related?minScore=1&fields=title&${query}`;
  const { status, body } = await site.http.get(place);
  expect(status).toBe(200);
  return body.data.map((entry: { title: string }) => entry.title);
}

test('entries of the same group come first if the caller can see that they belong to it', async () => {
  const newest = ['Secret source', 'Open ship', 'Secret ship', 'Open mill', 'Secret mill'];
  expect(await filled('piece', 'Open source', 'fallback=newest')).toEqual(newest);
  expect(await filled('piece', 'Open source', 'fallback=category')).toEqual([
    'Open mill',
    ...newest.filter((title) => title !== 'Open mill'),
  ]);
});

test('an entry whose group is cut counts as having none', async () => {
  const place = 'Secret source';
  expect(await filled('piece', place, 'fallback=category')).toEqual(
    await filled('piece', place, 'fallback=newest'),
  );
});

test('a rule also uses only the relations that the caller gets', async () => {
  expect(await filled('sorted', 'Open source', 'fallback=newest')).toEqual(['Open mill']);
  // A source without a circle is not restricted.
  expect(await filled('sorted', 'Secret source', 'fallback=newest')).toHaveLength(5);
});

test('an entry that is never to be suggested stays out, whether or not the caller can see why', async () => {
  expect(await filled('ruled', 'Open source', 'fallback=newest')).toEqual(['Open mill']);
  const others = ['Open source', 'Open mill', 'Secret mill'];
  expect(await filled('ruled', 'Secret source', 'fallback=newest')).toEqual(others);
});
