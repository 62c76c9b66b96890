import { z } from 'zod';

import { isKnownLanguage, languageOfLocale } from '../engine/analysis/languages';
import { LANGUAGES, type LanguageCode } from '../engine/analysis/language-table';
import { createUrlPattern } from './url-pattern';
import { SIGNALS } from '../engine/engine';
import { engineSchema } from './engine-schema';
import { didYouMean } from './nearest';
import {
  DOCUMENTS_FROM,
  FALLBACKS,
  type LooseTextOption,
  type CustomSignalOptions,
} from './options';

// The types in `options.ts` document each option's meaning, unit, range and default.

const weight = z.number().min(0).max(10);
const positiveWeight = z.number().positive().max(10);

const url = z.string().superRefine((pattern, context) => {
  try {
    createUrlPattern(pattern);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const language = z.custom<LanguageCode>().superRefine((code, context) => {
  if (typeof code === 'string' && isKnownLanguage(code)) return;
  const meant = languageOfLocale(String(code));
  const hint = meant
    ? ` Did you mean "${meant}"?`
    : didYouMean(String(code), Object.keys(LANGUAGES));
  context.addIssue({ code: 'custom', message: `There is no language with that code.${hint}` });
});

/** A weight, or an object whose meaning depends on the attribute's kind; `resolveText` knows which is valid. */
const textOption = z.custom<LooseTextOption>().superRefine(checkTextOption);

function checkTextOption(option: unknown, context: z.RefinementCtx, place: string[] = []): void {
  const fail = (message: string) => context.addIssue({ code: 'custom', message, path: place });
  if (typeof option === 'number') {
    if (!(option > 0 && option <= 10)) fail('Expected a weight above 0 up to 10.');
  } else if (typeof option === 'object' && option !== null && !Array.isArray(option)) {
    for (const [key, inner] of Object.entries(option)) {
      if (key === 'format' && typeof inner === 'string') continue;
      checkTextOption(inner, context, [...place, key]);
    }
  } else {
    fail('Expected a weight above 0 up to 10, or an object of weights.');
  }
}

const score = z.custom<CustomSignalOptions['score']>((value) => typeof value === 'function', {
  error: 'Expected a function (source, candidate) => number.',
});

export const customSignalSchema = z.strictObject({
  weight: positiveWeight,
  attributes: z.array(z.string()).default([]),
  score,
});

export const relationSchema = z.strictObject({ weight, label: z.string().min(1).optional() });

const names = z.array(z.string().min(1)).max(20).default([]);

export const placeRuleSchema = z.strictObject({
  relation: z.string().min(1),
  name: z.string().min(1),
  documentId: z.string().min(1),
});

export const rulesSchema = z.strictObject({
  never: z.record(z.string(), z.array(z.string().min(1)).min(1).max(500)).default({}),
  same: names,
  different: names,
  atMost: z.record(z.string(), z.number().int().min(1).max(100)).default({}),
  favour: z
    .record(
      z.string(),
      z
        .record(z.string(), z.number().min(0.1).max(10))
        .refine((factors) => Object.keys(factors).length <= 500, 'Expected at most 500 names.'),
    )
    .default({}),
  halfLife: z.number().int().min(1).max(36_500).optional(),
  ignore: names,
  place: z.array(placeRuleSchema).max(200).default([]),
});

const URL_EXPECTED = 'Expected a path such as "/articles/:slug", or one for each locale.';

export const contentTypeSchema = z.strictObject({
  title: z.string().min(1),
  picked: z.string().min(1).optional(),
  slug: z.string().min(1).optional(),
  text: z.record(z.string(), textOption).default({}),
  relations: z
    .record(
      z.string(),
      z.union(
        [weight.transform((value) => ({ weight: value, label: undefined })), relationSchema],
        {
          error: 'Expected a weight of 0 to 10, or { weight, label }.',
        },
      ),
    )
    .default({}),
  date: z.string().min(1).optional(),
  url: z
    .union([url, z.record(z.string(), url)], { error: URL_EXPECTED })
    .refine((value) => Object.keys(value).length > 0, URL_EXPECTED)
    .optional(),
  language: language.optional(),
  allowPrivate: z.array(z.string()).default([]),
  policies: z.array(z.string()).default([]),
  rules: rulesSchema.optional(),
  documentsFrom: z
    .enum(DOCUMENTS_FROM, { error: 'Expected "controller" or "plugin".' })
    .default('controller'),
  signals: z
    .record(
      z.string().regex(/^[A-Za-z]\w*$/, 'Expected a name of letters and digits.'),
      customSignalSchema,
    )
    .default({})
    .superRefine((signals, context) => {
      for (const name of Object.keys(signals)) {
        if (!(SIGNALS as readonly string[]).includes(name)) continue;
        const message = `"${name}" is the name of a built-in signal. Expected another name.`;
        context.addIssue({ code: 'custom', message, path: [name] });
      }
    }),
});

export const weightsSchema = z.strictObject({
  text: weight.default(1),
  title: weight.default(1),
  taxonomy: weight.default(1),
  links: weight.default(1),
  date: weight.default(1),
});

export const rankingSchema = z.strictObject({
  minScore: z.number().min(0).max(1).default(0.13),
  diversity: z.number().min(0).max(1).default(0.05),
  weights: weightsSchema.prefault({}),
});

const TIME_EXPECTED = 'Expected a time of the day such as "03:00", or false.';
const DIRECTORY_EXPECTED = 'Expected a folder, or false.';

export const syncSchema = z
  .strictObject({
    snapshotDirectory: z
      .union([z.string().regex(/\S/, DIRECTORY_EXPECTED), z.literal(false)], {
        error: DIRECTORY_EXPECTED,
      })
      .default('.tmp/related-articles'),
    snapshotInterval: z.number().min(1).max(86_400).default(300),
    pollInterval: z.number().min(0.05).max(60).default(1),
    checkInterval: z.number().min(1).max(86_400).default(60),
    deepCheck: z
      .union([z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, TIME_EXPECTED), z.literal(false)], {
        error: TIME_EXPECTED,
      })
      .default('03:00')
      .transform((time) => {
        if (time === false) return null;
        const [hours, minutes] = time.split(':').map(Number);
        return hours * 60 + minutes;
      }),
    retention: z.number().min(1).max(10_080).default(60),
    curationRetention: z.number().min(0).max(525_600).default(1440),
    historyRetention: z
      .union([z.number().min(1).max(36_500), z.literal(false)], {
        error: 'Expected days, 1 to 36500, or false to keep everything.',
      })
      .default(365),
  })
  .superRefine(({ retention, snapshotInterval }, context) => {
    if (retention * 60 > snapshotInterval) return;
    const message = `The log would be trimmed before the index is saved. Expected more than snapshotInterval, which is ${snapshotInterval} seconds.`;
    context.addIssue({ code: 'custom', message, path: ['retention'] });
  });

export const limitsSchema = z.strictObject({
  exclude: z.number().int().min(0).max(1000).default(100),
  relationDepth: z.number().int().min(1).max(10).default(4),
  relations: z.number().int().min(1).max(20).default(10),
  conditions: z.number().int().min(1).max(500).default(50),
  joinedRows: z.number().int().min(1000).max(1_000_000_000).default(300_000),
  populatedRows: z.number().int().min(100).max(10_000_000).default(10_000),
  requestTime: z.number().int().min(100).max(600_000).default(10_000),
  queryLength: z.number().int().min(100).max(100_000).default(8000),
  documents: z.number().int().min(10).max(10_000).default(500),
  answerLength: z.number().int().min(100_000).max(200_000_000).default(20_000_000),
  sources: z.number().int().min(1).max(500).default(100),
  textLength: z.number().int().min(100).max(1_000_000).default(20_000),
  formLength: z.number().int().min(1000).max(10_000_000).default(500_000),
  readingTime: z.number().int().min(100).max(60_000).default(5000),
  panelRequestsPerMinute: z.number().int().min(10).max(10_000).default(240),
});

const seconds = z.number().int().min(0).max(31_536_000).default(0);

export const cacheSchema = z.strictObject({
  maxAge: seconds,
  staleWhileRevalidate: seconds,
  middlewaresOnlyWrite: z.boolean().default(false),
  shared: z.boolean().optional(),
});

export const configSchema = z.strictObject({
  contentTypes: z.record(z.string(), contentTypeSchema).default({}),
  limit: z.number().int().min(1).max(100).default(5),
  fallback: z.enum(FALLBACKS).default('none'),
  maxAge: z.number().int().min(1).max(36_500).optional(),
  languages: z.record(z.string(), language).default({}),
  cache: cacheSchema.prefault({}),
  changedEvent: z.boolean().default(false),
  engine: engineSchema,
  ranking: rankingSchema.prefault({}),
  sync: syncSchema.prefault({}),
  limits: limitsSchema.prefault({}),
});

/** The configuration with all defaults filled in. */
export type ValidatedConfig = z.output<typeof configSchema>;
export type SyncConfig = ValidatedConfig['sync'];
export type LimitsConfig = ValidatedConfig['limits'];
export type ContentTypeConfig = z.output<typeof contentTypeSchema>;
