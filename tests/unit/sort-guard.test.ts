import type { Place } from 'plugin/permissions/query-paths';
import { SortGuard } from 'plugin/permissions/sort-guard';

// Strapi's own asks a running Strapi.
jest.mock('plugin/config/private-attributes', () => ({
  isPrivate: (schema: typeof note, name: 'email') => schema.attributes[name]?.private === true,
}));

const string = { type: 'string' };
const note = { uid: 'note', attributes: { title: string, email: { ...string, private: true } } };
const author = {
  uid: 'author',
  attributes: {
    title: string,
    notes: { type: 'relation', relation: 'morphMany', target: 'note' },
    hidden: { type: 'relation', relation: 'oneToOne', target: 'note', private: true },
  },
};
const root = { schema: author, path: 'sort' } as unknown as Place;
const check = (sort: unknown) =>
  new SortGuard({ join: (_name: string, _attribute: object, place: Place) => ({ ...place, schema: note }) } as never).check(sort, root); // prettier-ignore

test.each(['notes.email', 'notes.email:desc', { notes: { email: 'asc' } }, 'hidden.title', ['title', 'notes.email']])(
  '%j: nobody sorts by a private attribute, not even behind a polymorphic relation',
  (sort) => expect(() => check(sort)).toThrow(/Invalid key/),
); // prettier-ignore

test.each(['title,notes.title,title', ['title', 'notes.title', 'title:desc'], ['notes.title', { notes: { title: 'asc' } }]])(
  '%j: names an attribute twice',
  (sort) => expect(() => check(sort)).toThrow(/is named twice/),
); // prettier-ignore

test('sorts of several relations may name the same attribute', () => {
  const guard = new SortGuard({} as never);
  for (const nesting of [0, 1, 3]) expect(() => guard.check('title', root, false, nesting)).not.toThrow(); // prettier-ignore
});

test.each([
  'title',
  'title,title',
  'title,,',
  'notes.title,title',
  [{ notes: { title: 'asc' } }, 'title'],
])('%j is allowed', (sort) => expect(() => check(sort)).not.toThrow());
