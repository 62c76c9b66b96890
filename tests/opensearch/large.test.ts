import type { EngineDocument } from 'plugin/engine/engine';
import { OpenSearchEngine } from 'plugin/engine/opensearch/opensearch-engine';

import { doc, RANKING, tag } from '../helpers/documents';
import { openClient } from './open-client';

/* Collections of which only part is read, as large ones; here, large is small. */

jest.mock('plugin/engine/opensearch/kept-here', () => ({ MAX_RESCORED: 10 }));

const ARTICLES = { type: 'api::article.article', locale: 'en' };
const WORDS = 'bread oven dough crust'.split(' ');
/** More than 300 share an entry: those are found by their words alone. */
const ALL: EngineDocument[] = Array.from({ length: 700 }, (_, at) =>
  doc(`a${at}`, {
    title: `${WORDS[at % 4]} ${at}`,
    body: `${WORDS.join(' ')} word${at % 7}`,
    taxonomy: [tag(`t${at % 2}`)],
  }),
);

const { client, close } = openClient();
afterAll(close);

test('rules about relations hold for documents that were not read yet', async () => {
  const rules = { never: {}, same: ['tags'], different: [], atMost: {}, favour: {}, place: [], ignore: [] }; // prettier-ignore
  const open = () =>
    new OpenSearchEngine({
      client,
      settings: { prefix: `large-${process.pid}-`, shards: 1, replicas: '0-1' },
      optionsOf: () => ({ ...RANKING, rules }),
    });
  const writer = open();
  await writer.upsert(ARTICLES, ALL);
  await writer.settle();
  const sharing = new Set(ALL.flatMap(({ id }, at) => (at % 2 === 0 ? [id] : [])));
  for (const forgetsLeftOut of [false, true]) {
    // Each time one that has read nothing.
    const query = { minScore: 0, limit: 20, forgetsLeftOut };
    const [list] = await open().related(ARTICLES, [{ documentId: 'a0' }], query);
    expect(list).toHaveLength(20);
    expect(list?.every(({ documentId }) => sharing.has(documentId))).toBe(true);
  }
});
