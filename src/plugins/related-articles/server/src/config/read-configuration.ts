import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import { schemasIn } from './private-attributes';
import { pruneConfig } from './prune';
import { resolveTypes, type RelatedType } from './resolve';
import type { ValidatedConfig } from './schema';
import { ConfigurationError, validateConfig, wellFormedTypes } from './validate';

export interface Configuration {
  config: ValidatedConfig;
  /** The configured content types, by uid. */
  types: ReadonlyMap<string, RelatedType>;
}

/**
 * Reads the project's configuration and checks it against the project's schemas.
 *
 * @throws ConfigurationError naming every mistake, in shapes and in names.
 */
export function readConfiguration(strapi: Core.Strapi): Configuration {
  const written: unknown = strapi.config.get(`plugin::${PLUGIN_ID}`);
  const schemas = schemasIn(strapi);
  let config: ValidatedConfig;
  try {
    config = validateConfig(written);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const more = mistakesIn(() => resolveTypes(wellFormedTypes(written), schemas));
    throw new ConfigurationError([...error.mistakes, ...more]);
  }
  const mistakes = mistakesIn(() => resolveTypes(config, schemas));
  if (mistakes.length === 0) return { config, types: resolveTypes(config, schemas) };
  // In development, deleting a field in the Content-Type Builder must not stop the server.
  const pruned = pruneConfig(config, schemas);
  const isDevelopment = strapi.config.get('autoReload') === true;
  if (!isDevelopment || mistakesIn(() => resolveTypes(pruned, schemas)).length > 0) {
    throw new ConfigurationError(mistakes);
  }
  strapi.log.warn(
    `related-articles: the configuration no longer fits the content types. What is missing is ignored until you change config/plugins:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
  );
  return { config: pruned, types: resolveTypes(pruned, schemas) };
}

function mistakesIn(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
}
