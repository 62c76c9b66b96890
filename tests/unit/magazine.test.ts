import path from 'node:path';
import { createUrlPattern } from 'plugin/config/url-pattern';
import { extractMarkdown } from 'plugin/content/extract/markdown';

import { readMagazine, readTaxonomy, type MagazineArticle } from '../../src/demo/magazine';

const folder = path.resolve(__dirname, '../../src/demo/magazine');
const pattern = createUrlPattern('/articles/:slug');
const wordsOf = ({ body }: MagazineArticle) =>
  extractMarkdown(body)
    .text.toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** Left in for the panel to find. */
const BROKEN = '/articles/sharpening-chisels';

let english: MagazineArticle[];
let german: MagazineArticle[];
beforeAll(async () => {
  english = await readMagazine(folder, 'en');
  german = await readMagazine(folder, 'de');
});

test('there are 48 published articles and more, some drafts, and eight in German', () => {
  expect(english.filter(({ draft }) => !draft).length).toBeGreaterThanOrEqual(48);
  expect(english.filter(({ draft }) => draft).length).toBeGreaterThanOrEqual(3);
  expect(german).toHaveLength(8);
  const names = new Set(english.map(({ name }) => name));
  expect(german.filter(({ name }) => !names.has(name))).toEqual([]);
});

test('each has a text of its own of 150 words or more', () => {
  for (const article of [...english, ...german]) {
    expect({ name: article.name, short: wordsOf(article).length < 150 }).toEqual({
      name: article.name,
      short: false,
    });
  }
});

test('no two share more than a fifth of their word 4-grams', () => {
  const gramsOf = (article: MagazineArticle) => {
    const words = wordsOf(article);
    return new Set(words.slice(3).map((_, i) => words.slice(i, i + 4).join(' ')));
  };
  for (const articles of [english, german]) {
    const grams = articles.map(gramsOf);
    for (let a = 0; a < grams.length; a += 1) {
      for (let b = 0; b < a; b += 1) {
        const shared = [...grams[a]].filter((gram) => grams[b].has(gram)).length;
        const share = shared / Math.min(grams[a].size, grams[b].size);
        expect(share).toBeLessThanOrEqual(0.2);
      }
    }
  }
});

test('six categories; every category and tag has a German name; every link leads to a published article', async () => {
  const { categories, tags } = await readTaxonomy(folder);
  expect(Object.keys(categories)).toHaveLength(6);
  // Two are left without: one with an empty list, one with a weak list.
  expect(english.filter(({ category }) => !category)).toHaveLength(2);
  for (const article of english) {
    if (article.category) expect(Object.keys(categories)).toContain(article.category);
    for (const tag of article.tags) expect(Object.keys(tags)).toContain(tag);
  }
  for (const articles of [english, german]) {
    const slugs = articles.filter(({ draft }) => !draft).map(({ slug }) => slug);
    const targets = articles.flatMap(({ body }) => extractMarkdown(body).links);
    const others = targets.filter((target) => target !== BROKEN);
    for (const target of others) expect(slugs).toContain(pattern.match(target));
  }
});
