import { z } from 'zod';

import { createUrlPattern } from '../engine/extract/url-pattern';

const weight = z.number().min(0).max(10);

const url = z.string().superRefine((pattern, context) => {
  try {
    createUrlPattern(pattern);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

/** One content type whose documents are related to each other. */
export const contentTypeSchema = z.strictObject({
  /** The attribute of kind `string` or `text` that people know a document by. Its words count most. */
  title: z.string().min(1),
  /** The attribute that holds the last part of the document's address. Its words count, links and requests are resolved by it. Default: none. */
  slug: z.string().min(1).optional(),
  /** The attributes to read, of kind `string`, `text` or `richtext`, each with a weight above 0 up to 10: how often each of its words counts. Default: none, the title alone. */
  text: z.record(z.string(), z.number().positive().max(10)).default({}),
  /** The relations that group documents, each with a weight of 0 to 10 within the taxonomy signal. 0 leaves its names as text only. Default: none. */
  relations: z.record(z.string(), weight).default({}),
  /** The attribute of kind `date`, `datetime` or `timestamp` that says when the document was written. Default: none, and the date signal is silent. */
  date: z.string().min(1).optional(),
  /** The path under which the site shows a document, with `:slug` or `:documentId`: how a link inside a text is recognised as leading to one. Default: none, and links do not count. */
  url: url.optional(),
  /** Private attributes that may be read as text all the same. Their words are never shown, but they shape the lists that everybody sees. Default: none. */
  allowPrivate: z.array(z.string()).default([]),
  /** Policies of the route, as in any Strapi route, after the two permissions: names such as `global::is-member`. Default: none. */
  policies: z.array(z.string()).default([]),
});

export const weightsSchema = z.strictObject({
  /** Shared words and word pairs. 0 to 10, default 1. */
  text: weight.default(1),
  /** Title words found in the other document, titles mentioned, slug words. 0 to 10, default 1. */
  title: weight.default(1),
  /** Shared category, tags or other relations; a rare one counts more. 0 to 10, default 1. */
  taxonomy: weight.default(1),
  /** Links between the documents, and to or from the same others. 0 to 10, default 1. */
  links: weight.default(1),
  /** Written near each other. 0 to 10, default 1. */
  date: weight.default(1),
});

export const rankingSchema = z.strictObject({
  /** Suggestions below this score, 0 to 1, are not made. It means the same on every site. Default 0.13. */
  minScore: z.number().min(0).max(1).default(0.13),
  /** 0 orders by relatedness alone; towards 1 each next suggestion is rather unlike those before it. Default 0. */
  diversity: z.number().min(0).max(1).default(0),
  /** How much each signal counts against the others. */
  weights: weightsSchema.prefault({}),
});

/** The plugin's configuration in `config/plugins.ts`, under `'related-articles'.config`. */
export const configSchema = z.strictObject({
  /** The content types to relate, by uid such as `api::article.article`. Default: none. */
  contentTypes: z.record(z.string(), contentTypeSchema).default({}),
  /** How many suggestions a request gets that does not say, 1 to 100. Default 5. */
  limit: z.number().int().min(1).max(100).default(5),
  ranking: rankingSchema.prefault({}),
});

/** What a site builder writes: everything with a default may be left out. */
export type RelatedArticlesConfig = z.input<typeof configSchema>;
/** The same with all defaults filled in. */
export type ValidatedConfig = z.output<typeof configSchema>;
export type ContentTypeConfig = z.output<typeof contentTypeSchema>;
