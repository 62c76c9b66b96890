import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { ValidatedConfig } from '../config/schema';
import { ConfigurationError } from '../config/validate';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine';
import type { Engine, RankingOptions } from '../engine/engine';
import { OpenSearchEngine } from '../engine/opensearch/opensearch-engine';
import { languagesOf } from './engine-options';
import { createSearchClient } from './search-client';

/** Lists that are cached for each collection: readers visit the same pages. */
const KEPT_LISTS = 1000;

export interface CreatedEngine {
  engine: Engine;
  /** Closes its connections. */
  close(): Promise<void>;
}

/**
 * Creates the engine that the configuration names, without reading, writing or connecting anything yet.
 *
 * @param optionsOf The ranking options of a content type; a new object when they change.
 * @throws ConfigurationError when it cannot be created.
 */
export function createEngine(
  strapi: Core.Strapi,
  types: ReadonlyMap<string, RelatedType>,
  optionsOf: (uid: string) => RankingOptions,
  { engine: options, changedEvent }: ValidatedConfig,
): CreatedEngine {
  const languageOf = languagesOf(strapi, types);
  if (options.kind === 'embedded') {
    const engine = new EmbeddedEngine(optionsOf, languageOf, {
      keptLists: KEPT_LISTS,
      calibrates: 'by settle',
    });
    return { engine, close: async () => undefined };
  }
  if (changedEvent) {
    throw new ConfigurationError(['changedEvent is true. For now, that needs the embedded engine: engine: { kind: "embedded" }.']); // prettier-ignore
  }
  const { client, close } = createSearchClient(strapi.dirs.app.root, options);
  const { indexPrefix: prefix, shards, replicas } = options;
  const engine = new OpenSearchEngine({
    client,
    settings: { prefix, shards, replicas: String(replicas) },
    optionsOf,
    languageOf,
    serveStaleMs: options.serveStaleFor * 1000,
  });
  return { engine, close };
}
