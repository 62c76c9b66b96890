import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { root, runCommand, type Result } from './command';
import { copyMade } from './made-databases';
import { MADE, testEnvironment } from './strapi';

/** A new folder for each test. */
export let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-cli-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

export const related = (...args: string[]): Promise<Result> => relatedIn(root, ...args);

export async function relatedIn(cwd: string, ...args: string[]): Promise<Result> {
  copyMade(MADE, path.join(folder, 'test.db'));
  return runCommand(args, testEnvironment(folder), cwd);
}

export function write(name: string, lines: (object | string)[]): string {
  const file = path.join(folder, name);
  fs.writeFileSync(
    file,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  );
  return file;
}

export const SUBJECTS = [
  'sourdough starter rye flour water oven crust crumb dough loaf',
  'moon crater telescope mirror terminator shadow eclipse orbit lens',
  'compost soil worms mulch cardboard spade humus beds weeds nettles',
];

/** Thirty articles about three subjects, each with its own words, tags, categories, dates and links. */
export const ARTICLES = Array.from({ length: 30 }, (_, i) => {
  const words = SUBJECTS[i % 3].split(' ');
  const own = words.map((word, w) => (w % (2 + (i % 4)) === 0 ? `${word} ${word}` : word));
  return {
    slug: `article-number-${i}`,
    title: `${words[i % words.length]} and ${words[(i * 7) % words.length]} ${i}`,
    excerpt: i % 4 === 0 ? null : `About ${words[(i * 3) % words.length]}`,
    body: `${own.join(' ')} unique${i}.\n\n[more](/articles/article-number-${(i * 11 + 3) % 30})`,
    category: `Subject ${i % 3}`,
    tags: [`tag ${i % 5}`, i % 2 ? 'C' : 'C++'],
    publishedAt: `2024-0${1 + (i % 9)}-${10 + (i % 18)}`,
    locale: 'en',
  };
});

// Only the date tells what belongs together, and it weighs little by default.
export const DIARY = Array.from({ length: 90 }, (_, i) => {
  const words = SUBJECTS.join(' ').split(' ');
  const some = words.filter((__, w) => (i * 7 + w * 13) % 5 < 3);
  return {
    slug: `day-${i}`,
    title: `${words[(i * 11) % words.length]} ${words[(i * 17) % words.length]}`,
    body: `${some.join(' ')}. ${some.slice(i % 9).join(' ')}`,
    publishedAt: new Date(Date.UTC(2024, 0, i + 1)).toISOString().slice(0, 10),
    locale: 'en',
  };
});
export const JUDGED = DIARY.map(({ slug }, i) => ({
  slug,
  related: [i - 2, i - 1, i + 1, i + 2].filter((j) => j >= 0 && j < 90).map((j) => `day-${j}`),
}));
