import type { Core } from '@strapi/strapi';

import type { CustomSignalOptions } from './options';
import type { RelatedType } from './resolve';
import type { CustomSignal, RankingOptions } from '../engine/engine';

/** A signal that fails does so for many requests: it is reported at most once per interval, in milliseconds. */
const REPORT_INTERVAL_MS = 60_000;

/** The engine's ranking options for a type, custom signals included. */
export function rankingOf(type: RelatedType, log: Core.Strapi['log']): RankingOptions {
  const custom = type.signals.map(({ name, weight, score }): CustomSignal => {
    let reportedAt = -Infinity;
    return {
      name,
      weight,
      score: score as (...documents: unknown[]) => ReturnType<CustomSignalOptions['score']>,
      onFailure: (reason) => {
        if (performance.now() - reportedAt < REPORT_INTERVAL_MS) return;
        reportedAt = performance.now();
        log.error(
          `related-articles: the signal "${name}" of ${type.uid} is ignored because its function failed: ${reason}`,
        );
      },
    };
  });
  return { ...type.ranking, custom };
}
