import { Editor, SEE } from '../helpers/editors';
import { startSite } from '../helpers/site';
import { createToken, type Running } from '../helpers/strapi';

/* What editors have picked by hand in a relation of their own comes first. */

const RECIPE = 'api::recipe.recipe';
const SOUP = 'beetroot and cabbage simmer slowly in a pot of broth with dill';

let site: Running;
let token: string;
const ids: Record<string, string> = {};

const recipes = () =>
  site.strapi.documents(RECIPE as never) as unknown as Record<
    'create' | 'update' | 'publish' | 'unpublish',
    (params: object) => Promise<{ documentId: string }>
  >;

const update = (dish: string, data: object) =>
  recipes().update({ documentId: ids[dish], data, locale: 'en', status: 'published' });

beforeAll(async () => {
  site = await startSite();
  token = await createToken(site.strapi, 'full-access');
  for (const [dish, method] of [
    ['Borscht', `${SOUP} and beef`],
    ['Cabbage soup', `${SOUP} and caraway`],
    ['Beetroot soup', `${SOUP} and horseradish`],
    ['Pancakes', 'eggs milk and flour fry in butter until golden'],
    ['Tiramisu', 'mascarpone cream over biscuits soaked in coffee'],
    ['Rye bread', 'sourdough of rye rises overnight and bakes in a hot oven'],
  ]) {
    const { documentId } = await recipes().create({ data: { dish, method }, locale: 'en', status: 'published' }); // prettier-ignore
    ids[dish] = documentId;
  }
  await update('Borscht', { goesWith: [ids['Rye bread'], ids.Tiramisu] });
  await site.settled();
});
afterAll(() => site.stop());

async function list(dish: string): Promise<string[]> {
  await site.settled();
  const { status, body } = await site.http
    .get(`/api/recipes/${ids[dish]}/related?fields=dish&locale=en`)
    .set('Authorization', `Bearer ${token}`);
  expect(status).toBe(200);
  return body.data.map(({ dish: name }: { dish: string }, at: number) => `${name} (${body.meta.related[at].origin})`); // prettier-ignore
}

const FOUND = ['Beetroot soup (suggested)', 'Cabbage soup (suggested)'];
const PICKED = ['Rye bread (picked)', 'Tiramisu (picked)'];

test('picks come first, in their order, and only in that list', async () => {
  const [first, second, ...others] = await list('Borscht');
  expect([first, second]).toEqual(PICKED);
  expect(others.sort()).toEqual(FOUND);
  expect((await list('Cabbage soup')).join()).not.toContain('picked');
  await update('Borscht', { goesWith: [ids.Tiramisu, ids['Rye bread']] });
  expect((await list('Borscht')).slice(0, 2)).toEqual([...PICKED].reverse());
  await update('Borscht', { goesWith: [ids['Rye bread'], ids.Tiramisu] });
});

test('a withdrawn pick takes no place, and comes back when it is published', async () => {
  await recipes().unpublish({ documentId: ids['Rye bread'], locale: 'en' });
  expect((await list('Borscht'))[0]).toBe('Tiramisu (picked)');
  await recipes().publish({ documentId: ids['Rye bread'], locale: 'en' });
  await update('Borscht', {});
  expect((await list('Borscht')).slice(0, 2)).toEqual(PICKED);
});

test('a change from the other side of the relation shows', async () => {
  expect((await list('Borscht')).slice(0, 2)).toEqual(PICKED);
  await update('Rye bread', { goesWithThese: { disconnect: [ids.Borscht] } });
  expect((await list('Borscht'))[0]).toBe('Tiramisu (picked)');
  await update('Borscht', { goesWith: [ids['Rye bread'], ids.Tiramisu] });
  expect((await list('Borscht')).slice(0, 2)).toEqual(PICKED);
});

test('an editor who may not read the field gets a list without picks', async () => {
  const fields = ['dish', 'handle', 'method', 'ingredients', 'testedOn', 'difficulty', 'cuisine'];
  const cook = await Editor.create(site, 'Cook', [
    { action: SEE },
    ...['read', 'update'].map((action) => ({
      action: `plugin::content-manager.explorer.${action}`,
      subject: RECIPE,
      fields,
      locales: ['en'],
    })),
  ]);
  const { data } = await cook.list({ documentId: ids.Borscht, locale: 'en' }, RECIPE);
  expect(data.rows.map(({ title }) => title).sort()).toEqual(['Beetroot soup', 'Cabbage soup']);
  expect(data.rows.some(({ isPicked }) => isPicked)).toBe(false);
});

test('the panel shows picks as they are in the form; pins go before them, exclusions remove them', async () => {
  const chief = await Editor.create(site, 'Chief');
  const shown = async (relations?: object) => {
    const { data } = await chief.list({ documentId: ids.Borscht, locale: 'en', relations } as never, RECIPE); // prettier-ignore
    return data.rows.map(({ title, origin, isPicked }) => [title, isPicked ? 'picked' : origin]);
  };
  expect((await shown()).slice(0, 2)).toEqual([['Rye bread', 'picked'], ['Tiramisu', 'picked']]); // prettier-ignore
  const delta = { connect: [{ documentId: ids.Pancakes }], disconnect: [{ documentId: ids.Tiramisu }] }; // prettier-ignore
  expect((await shown({ goesWith: delta })).slice(0, 2)).toEqual([['Rye bread', 'picked'], ['Pancakes', 'picked']]); // prettier-ignore

  const decided = { locale: 'en', pins: [ids.Pancakes], exclusions: [ids['Rye bread']] };
  expect((await chief.curate(ids.Borscht, decided, RECIPE)).status).toBe(200);
  expect((await list('Borscht')).slice(0, 2)).toEqual(['Pancakes (pinned)', 'Tiramisu (picked)']);
});
