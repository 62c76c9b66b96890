import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';
import type { EngineDocument } from 'plugin/engine/engine';
import { createRandom } from 'plugin/evaluation/random';

import { RANKING } from '../helpers/documents';

const COLLECTION = { type: 'article', locale: 'en' };
const DOCUMENTS = 1200;
const WRITES = 800;
const ASKED = 150;

/** Documents of common and rare words, some without dates, some that share slugs, dates or links. */
function documentsOf(random: () => number): (id: number) => EngineDocument {
  const below = (limit: number) => Math.floor(random() * limit);
  const word = () => `w${Math.floor(random() ** 2.2 * 3000)}`;
  return (id) => ({
    id: `d${id}`,
    title: `w${below(300)} w${below(3000)} t${below(50)}`,
    slug: random() < 0.5 ? `s${below(DOCUMENTS / 4)}` : null,
    fields: [{ text: Array.from({ length: 20 + below(60) }, word).join(' '), weight: 1 }],
    taxonomy: random() < 0.5 ? [{ relation: 'tags', id: `t${below(40)}`, label: 'x' }] : [],
    links: Array.from({ length: below(5) }, () => random() < 0.5 ? `d${below(DOCUMENTS)}` : `s${below(DOCUMENTS / 4)}`), // prettier-ignore
    date: random() < 0.3 ? null : below(random() < 0.5 ? 5 : 1000),
  });
}

function build(documents: Iterable<EngineDocument>): InMemoryIndex {
  const engine = new InMemoryIndex(() => ({ ...RANKING, minScore: 0 }));
  for (const document of documents) engine.upsertAtOnce(COLLECTION, document);
  return engine;
}

test('a large index that grew write by write has the same lists as one built at once', () => {
  const random = createRandom(12);
  const make = documentsOf(random);
  const documents = new Map(Array.from({ length: DOCUMENTS }, (_, id) => [id, make(id)]));
  const grown = build(documents.values());
  for (let i = 0; i < WRITES; i += 1) {
    const id = Math.floor(random() * DOCUMENTS);
    if (random() < 0.3) {
      documents.delete(id);
      grown.remove(COLLECTION, `d${id}`);
    } else {
      documents.set(id, make(id));
      grown.upsertAtOnce(COLLECTION, documents.get(id) as EngineDocument);
    }
  }
  const built = build([...documents.values()].reverse());
  for (const id of [...documents.keys()].slice(0, ASKED)) {
    const lists = [grown, built].map((engine) => engine.related(COLLECTION, `d${id}`, { limit: 100, explain: true })); // prettier-ignore
    expect(lists[0]).toEqual(lists[1]);
  }
});
