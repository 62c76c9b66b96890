import { z } from 'zod';

import { beginsWithDay } from '../config/calendar';
import { didYouMean } from '../config/nearest';
import { resolveTypes, type RelatedType } from '../config/resolve';
import { isStorable } from '../config/storable';
import { validateConfig } from '../config/validate';
import type { Entity } from '../content/entity';
import { CliError } from './errors';
import { readLines } from './json-lines';

const EXPECTED = 'expected text of 1 to 255 characters';
const STORABLE = 'expected text without NUL or broken characters';
const name = z
  .string({ error: EXPECTED })
  .trim()
  .min(1, EXPECTED)
  .max(255, EXPECTED)
  .refine(isStorable, STORABLE);
const text = z.string({ error: 'expected a text' }).refine(isStorable, STORABLE);

/** A line of an articles file. */
export const articleSchema = z.object({
  slug: name,
  title: name,
  excerpt: text.nullish(),
  /** Markdown. */
  body: text.nullish(),
  category: name.nullish(),
  tags: z.array(name, { error: 'expected a list of texts' }).nullish(),
  publishedAt: z
    .string({ error: 'expected a date' })
    .refine((value) => !Number.isNaN(Date.parse(value)), { error: 'expected a date' })
    .nullish(),
  locale: z.string({ error: 'expected a locale code' }).min(2).nullish(),
});
export type ArticleLine = z.output<typeof articleSchema>;

const DATE = 'expected an ISO date such as 2026-03-01 or 2026-03-01T12:00:00Z';
const DAY =
  /^(?!0000)\d{4}-\d{2}-\d{2}(?:[T ](?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** JavaScript also accepts "7" as a date. */
const isDate = (text: string): boolean =>
  DAY.test(text) && beginsWithDay(text) && !Number.isNaN(Date.parse(text));

/** A line to import: strict, because unknown fields would be lost. */
export const importedSchema = z.strictObject(
  {
    ...articleSchema.shape,
    publishedAt: z.string({ error: DATE }).refine(isDate, { error: DATE }).nullish(),
  },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys'
        ? (keys as string[]).map((key) => unknownField(key)).join('; ')
        : undefined,
  },
);

function unknownField(key: string): string {
  const known = Object.keys(articleSchema.shape);
  return `there is no field "${key.slice(0, 60)}", so its value would be lost.${didYouMean(key.slice(0, 60), known)}`;
}

const ARTICLE = 'api::article.article';

/** The configuration that this project gives its own `article`, see `config/plugins.ts`. */
export const ARTICLE_CONFIG = {
  title: 'title',
  slug: 'slug',
  text: { excerpt: 2, body: 1 },
  relations: { category: 1, tags: 2 },
  date: 'date',
  url: '/articles/:slug',
};

/** Returns the content type of an articles file's lines, without any Strapi. */
export function articleType(): RelatedType {
  const label = {
    info: { singularName: 'label', pluralName: 'labels' },
    attributes: { name: { type: 'string' } },
  };
  const schemas = {
    [ARTICLE]: {
      info: { singularName: 'article', pluralName: 'articles' },
      options: { draftAndPublish: true },
      pluginOptions: { i18n: { localized: true } },
      attributes: {
        title: { type: 'string' },
        slug: { type: 'uid' },
        excerpt: { type: 'text' },
        body: { type: 'richtext' },
        date: { type: 'datetime' },
        category: { type: 'relation', target: 'label' },
        tags: { type: 'relation', target: 'label' },
      },
    },
    label,
  };
  const types = resolveTypes(
    validateConfig({ contentTypes: { [ARTICLE]: ARTICLE_CONFIG } }),
    schemas,
  );
  return types.get(ARTICLE) as RelatedType;
}

/** Returns an article as the database would. Slugs serve as documentIds, as do the names of categories and tags. */
export function toEntity(line: ArticleLine): Entity {
  const label = (value: string) => ({ documentId: value, name: value });
  return {
    documentId: line.slug,
    locale: line.locale ?? 'en',
    title: line.title,
    slug: line.slug,
    excerpt: line.excerpt,
    body: line.body,
    date: line.publishedAt,
    category: line.category ? label(line.category) : null,
    tags: [...new Set(line.tags ?? [])].map(label),
  };
}

/**
 * All articles of a file.
 *
 * @throws CliError naming each bad line.
 */
export async function readArticles(file: string): Promise<ArticleLine[]> {
  const articles: ArticleLine[] = [];
  const bad: string[] = [];
  const lineOf = new Map<string, number>();
  for await (const line of readLines(file, articleSchema)) {
    if ('reason' in line) {
      bad.push(`line ${line.number}: ${line.reason}`);
      continue;
    }
    const key = `${line.value.locale ?? 'en'} ${line.value.slug}`;
    const first = lineOf.get(key);
    if (first !== undefined) {
      bad.push(`line ${line.number}: slug "${line.value.slug}" is already in line ${first}`);
      continue;
    }
    lineOf.set(key, line.number);
    articles.push(line.value);
  }
  if (bad.length > 0) throw new CliError(`${file} has mistakes:\n${bad.join('\n')}`);
  if (articles.length === 0) throw new CliError(`${file} holds no articles.`);
  return articles;
}
