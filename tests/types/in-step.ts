/* Options as they are typed and as they are checked at start: neither has a key that the other lacks. */
import type {
  ContentTypeOptions,
  CustomSignalOptions,
  RankingConfig,
  RelatedArticlesConfig,
} from 'plugin/config/options';
import type {
  configSchema,
  contentTypeSchema,
  customSignalSchema,
  rankingSchema,
  weightsSchema,
} from 'plugin/config/schema';
import type { z } from 'zod';

type SameKeys<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : false;

export const inStep: [
  SameKeys<RelatedArticlesConfig, z.input<typeof configSchema>>,
  SameKeys<ContentTypeOptions, z.input<typeof contentTypeSchema>>,
  SameKeys<CustomSignalOptions, z.input<typeof customSignalSchema>>,
  SameKeys<RankingConfig, z.input<typeof rankingSchema>>,
  SameKeys<NonNullable<RankingConfig['weights']>, z.input<typeof weightsSchema>>,
] = [true, true, true, true, true];
