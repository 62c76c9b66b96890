import { z } from 'zod';

import { openSearchSchema } from './engine-schema';
import { limitIn, SHAPES } from './issue-words';
import { didYouMean } from './nearest';
import {
  cacheSchema,
  configSchema,
  contentTypeSchema,
  limitsSchema,
  customSignalSchema,
  placeRuleSchema,
  rankingSchema,
  relationSchema,
  rulesSchema,
  syncSchema,
  weightsSchema,
  type ValidatedConfig,
} from './schema';

/** A mistake in the configuration: named, with the value found and what is expected. */
export class ConfigurationError extends Error {
  constructor(
    readonly mistakes: readonly string[],
    file = 'config/plugins',
  ) {
    super(
      `The configuration of the related-articles plugin (${file}) has mistakes:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
  }
}

/**
 * Returns the configuration with defaults filled in.
 *
 * @throws ConfigurationError naming every mistake.
 */
export function validateConfig(config: unknown): ValidatedConfig {
  const strange = [...strangeObjects(config ?? {}, [])];
  if (strange.length > 0) throw new ConfigurationError(strange);
  const result = configSchema.safeParse(config ?? {});
  if (result.success) return result.data;
  throw new ConfigurationError(mistakesOf(result.error, config));
}

/** Returns a configuration with only those content types that have the right shape, whatever else is wrong. */
export function wellFormedTypes(config: unknown): ValidatedConfig {
  const { contentTypes } = (config ?? {}) as { contentTypes?: unknown };
  const entries =
    typeof contentTypes === 'object' && contentTypes !== null ? Object.entries(contentTypes) : [];
  const wellFormed = entries.filter(([, type]) => contentTypeSchema.safeParse(type).success);
  return configSchema.parse({ contentTypes: Object.fromEntries(wellFormed) });
}

/** Deeper than options are nested. */
const MAX_DEPTH = 10;

/** Finds values that would count as objects without options: dates, maps, and promises that were not awaited. */
function* strangeObjects(value: unknown, path: readonly string[]): Iterable<string> {
  if (typeof value !== 'object' || value === null || path.length > MAX_DEPTH) return;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind !== 'Object' && kind !== 'Array') {
    yield `${path.join('.') || 'the configuration'} is a ${kind}. Expected a plain value${kind === 'Promise' ? '; is an "await" missing?' : '.'}`;
    return;
  }
  for (const [name, inner] of Object.entries(value)) yield* strangeObjects(inner, [...path, name]);
}

/** Options by their names in earlier versions. */
const RENAMED: Record<string, string> = {
  'sync.grace': 'curationRetention',
  'sync.directory': 'snapshotDirectory',
  'limits.formsPerMinute': 'panelRequestsPerMinute',
};

function mistakesOf(error: z.ZodError, config: unknown): string[] {
  return error.issues.flatMap((issue) => describe(issue, config));
}

function describe(issue: z.core.$ZodIssue, config: unknown): string[] {
  const place = issue.path.map(String);
  const name = place.length > 0 ? place.map(quoteUid).join('.').replaceAll('.[', '[') : 'config';
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schemaAt(place).shape);
    return issue.keys.map((key) => {
      const renamed = RENAMED[[...place, key].join('.')];
      if (renamed) return `${name}: unknown key "${key}". It is called "${renamed}" now.`;
      // The engine's keys depend on its kind.
      if (known.includes(key)) return `${name}: "${key}" needs { kind: "opensearch" }.`;
      return `${name}: unknown key "${key}".${didYouMean(key, known)}`;
    });
  }
  const value = place.reduce<unknown>(
    (inner, key) => (inner as Record<string, unknown> | undefined)?.[key],
    config,
  );
  const isInside =
    ['auth', 'tls'].includes(place[1]) || (typeof value === 'object' && value !== null);
  const isSecret = place[0] === 'engine' && isInside;
  const shown = isSecret ? 'something else' : withoutPasswords(show(value));
  const found = value === undefined ? 'is missing' : `is ${shown}`;
  return [`${name} ${found}. ${expectation(issue)}`];
}

const OR = new Intl.ListFormat('en', { type: 'disjunction' });

/** Rewords zod's own messages; messages of ours stay as they are. */
function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && /^Invalid input: expected /.test(issue.message)) {
    return `Expected ${SHAPES[issue.expected] ?? issue.expected}.`;
  }
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid option: ')) {
    return `Expected ${OR.format(issue.values.map((value) => `"${String(value)}"`))}.`;
  }
  const limit = limitIn(issue);
  return limit ? `Expected ${limit}.` : issue.message;
}

const quoteUid = (key: string): string => (key.includes('::') ? `["${key}"]` : key);

function schemaAt(place: readonly string[]): z.ZodObject {
  if (place[0] === 'contentTypes') {
    if (place[2] === 'signals') return customSignalSchema;
    if (place[2] === 'rules') return place[3] === 'place' ? placeRuleSchema : rulesSchema;
    return place[2] === 'relations' ? relationSchema : contentTypeSchema;
  }
  if (place[0] === 'sync') return syncSchema;
  if (place[0] === 'limits') return limitsSchema;
  if (place[0] === 'cache') return cacheSchema;
  if (place[0] === 'engine') {
    const { auth, tls } = openSearchSchema.shape;
    if (place[1] === 'auth') return auth.unwrap();
    return place[1] === 'tls' ? tls.unwrap() : openSearchSchema;
  }
  if (place[0] !== 'ranking') return configSchema;
  return place[1] === 'weights' ? weightsSchema : rankingSchema;
}

/** Hides passwords in addresses, which may have any sign by mistake. */
const withoutPasswords = (text: string): string =>
  text.replace(/(\/\/(?:[^/\s:@"\\]|\\.)*:)(?:[^"\\]|\\.)*@/g, '$1…@');

function show(value: unknown): string {
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
