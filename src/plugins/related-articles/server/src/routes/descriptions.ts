import { z } from 'zod';

import { FALLBACKS } from '../config/options';

/*
 * The routes as `strapi openapi generate` describes them. Strapi never validates with these, and releases that do not
 * know such descriptions ignore them: the controllers check what a request may say.
 */

const text = (description: string) => z.string().optional().describe(description);
const flag = (description: string) => z.enum(['true', 'false']).optional().describe(description);

const pagination = z
  .object({
    page: z.int().min(1).optional(),
    pageSize: z.int().min(1).optional(),
    start: z.int().min(0).optional(),
    limit: z.int().min(-1).optional(),
    withCount: z.boolean().optional(),
  })
  .optional()
  .describe('As in lists of the type; by pages, or by start and limit');

const common = {
  locale: text('One locale; default: the default locale of the project'),
  fields: z.array(z.string()).optional().describe('As in lists of the type'),
  populate: z
    .union([z.string(), z.array(z.string()), z.record(z.string(), z.any())])
    .optional()
    .describe('As in lists of the type'),
  filters: z
    .record(z.string(), z.any())
    .optional()
    .describe('As in lists of the type: limits what is suggested, pins too'),
  pagination,
  exclude: text('documentIds of published entries that are left out, separated by commas'),
  minScore: z.number().min(0).max(1).optional().describe('Instead of the configured one'),
  maxAge: z.int().min(1).max(36_500).optional().describe('Days before the newest entry'),
  fallback: z.enum(FALLBACKS).optional().describe('What fills a list that has too few'),
  explain: flag('Adds the reasons'),
  inline: flag('Puts what is told of a document into it, under __related'),
};

const explanation = z.object({
  signals: z.record(z.string(), z.number()),
  terms: z.array(z.string()),
  taxonomy: z.record(z.string(), z.array(z.string())),
  links: z.object({
    toSuggestion: z.boolean(),
    fromSuggestion: z.boolean(),
    cocited: z.int(),
    coupled: z.int(),
  }),
  rules: z
    .array(
      z.object({
        kind: z.enum(['favoured', 'aged', 'placed']),
        relation: z.string().optional(),
        name: z.string().optional(),
        factor: z.number().optional(),
      }),
    )
    .optional()
    .describe('What rules of the site did'),
});

const told = {
  origin: z.enum(['pinned', 'picked', 'placed', 'suggested', 'fallback']),
  score: z.number().min(0).max(1),
  explanation: explanation.optional(),
};
const index = z
  .object({ ready: z.literal(false), percent: z.int().min(0).max(100) })
  .optional()
  .describe('Only while lists are partial');

const document = z.looseObject({ documentId: z.string() });

const list = z.object({
  data: z.array(document.extend({ __related: z.object(told).optional() })),
  meta: z.object({
    pagination: z.looseObject({ total: z.int().optional() }),
    related: z.array(z.object({ documentId: z.string(), ...told })),
    index,
  }),
});

const lists = z.object({
  data: z.array(
    z.object({
      source: z.string().describe('As it was asked for'),
      documentId: z.string().nullable(),
      related: z.array(document.extend({ __related: z.object(told) })),
    }),
  ),
  meta: z.object({ index }),
});

/** The suggestions of one entry. */
export const ofOne = {
  request: {
    params: {
      documentId: z.string().describe('A documentId, or the slug of the published version'),
    },
    query: {
      ...common,
      status: z
        .enum(['published', 'draft'])
        .optional()
        .describe('A draft as the source, for read-only and full-access tokens'),
    },
  },
  response: list,
};

/** The suggestions of several entries. */
export const ofMany = {
  request: {
    query: {
      ...common,
      documentIds: z.string().describe('documentIds or slugs, separated by commas'),
      distinct: flag('A list leaves out what an earlier one has'),
      together: flag('One list for all of them'),
    },
  },
  response: z.union([lists, list]),
};

/** The suggestions for a text. */
export const ofText = {
  request: {
    query: common,
    body: {
      'application/json': z
        .object({
          title: z.string().optional(),
          text: z.string().optional(),
          locale: z.string().optional(),
        })
        .describe('At least one of title and text'),
    },
  },
  response: list,
};

export const ofHealth = {
  request: { query: { ready: text('Answers 503 while lists are not complete') } },
  response: z.object({ data: z.looseObject({ ready: z.boolean() }) }),
};
