import fc from 'fast-check';
import { LinkGraph } from 'plugin/engine/link-graph';
import { MAX_FAN_OUT } from 'plugin/engine/signals/links';
import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';

import { doc, RANKING } from '../helpers/documents';

test('counts as many linking documents as it lists', () => {
  const address = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const page = fc.record({ addresses: fc.uniqueArray(address, { maxLength: 2 }), links: fc.array(address) }); // prettier-ignore
  fc.assert(
    fc.property(fc.array(page, { maxLength: 12 }), (pages) => {
      const graph = new LinkGraph((a, b) => a - b);
      pages.forEach(({ addresses, links }, slot) =>
        graph.add(slot, addresses, [...new Set(links)]),
      );
      pages.forEach(({ addresses }, slot) => {
        const linking = graph.linking(addresses, slot);
        expect(new Set(linking).size).toBe(linking.length);
        expect(linking).not.toContain(slot);
        expect(graph.countLinking(addresses, slot)).toBe(linking.length);
      });
      expect(graph.countLinking(['a', 'b'], -1)).toBe(graph.linking(['a', 'b'], -1).length);
    }),
  );
});

const COLLECTION = { type: 'article', locale: 'en' };

/** Articles that all link to the same pages, as those of a menu are. */
function siteWithMenu(articles: number, pages: number): InMemoryIndex {
  const engine = new InMemoryIndex(() => RANKING);
  const links = Array.from({ length: pages }, (_, i) => `page-${i}`);
  const put = (id: string, more: object) =>
    engine.upsertAtOnce(COLLECTION, { ...doc(id, { title: id, body: `about ${id}` }), ...more });
  for (const slug of links) put(slug, { slug });
  for (let i = 0; i < articles; i += 1) put(`article-${i}`, { links });
  return engine;
}

test('links that every article has do not relate any two of them', () => {
  const related = (articles: number) =>
    siteWithMenu(articles, 2).related(COLLECTION, 'article-0', { minScore: 0, explain: true }) ?? []; // prettier-ignore
  const coupled = (articles: number) =>
    related(articles).filter(({ explanation }) => (explanation?.links.coupled ?? 0) > 0);
  expect(coupled(20).length).toBe(19);
  expect(coupled(MAX_FAN_OUT + 2)).toEqual([]);
});
