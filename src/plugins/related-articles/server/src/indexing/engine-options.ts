import type { Core } from '@strapi/strapi';

import { rankingOf } from '../config/ranking-options';
import { languageFor } from '../config/locale-language';
import type { RelatedType } from '../config/resolve';
import { readWeights, WEIGHTS_FILE } from '../config/weights-file';
import { isKnownLanguage } from '../engine/analysis/languages';
import type { Collection, RankingOptions } from '../engine/engine';

/**
 * The ranking options of each content type, with the weights that were fitted to this site.
 *
 * @throws ConfigurationError when the file of weights cannot be read.
 */
export function rankingsOf(
  strapi: Core.Strapi,
  types: ReadonlyMap<string, RelatedType>,
): (uid: string) => RankingOptions {
  const fitted = readWeights(strapi.dirs.app.root);
  for (const uid of Object.keys(fitted)) {
    if (types.has(uid)) continue;
    strapi.log.warn(
      `related-articles: ${WEIGHTS_FILE} has weights of "${uid}", which is not configured.`,
    );
  }
  const rankings = new Map(
    [...types.values()].map((type): [string, RankingOptions] => [
      type.uid,
      { ...rankingOf(type, strapi.log), parts: fitted[type.uid]?.parts },
    ]),
  );
  return (uid) => configured(rankings, uid);
}

/** Returns the language of each collection. Logs each unknown language once. */
export function languagesOf(
  strapi: Core.Strapi,
  types: ReadonlyMap<string, RelatedType>,
): (collection: Collection) => string {
  const warnedOf = new Set<string>();
  return ({ type: uid, locale }) => {
    const language = languageFor(configured(types, uid), locale);
    if (!isKnownLanguage(language) && !warnedOf.has(language)) {
      warnedOf.add(language);
      strapi.log.warn(
        `related-articles: the language of locale "${locale}" is not known, so its words are compared as they are written. Name one with the option "languages" in config/plugins: languages: { '${locale}': 'en' }.`,
      );
    }
    return language;
  };
}

function configured<T>(byType: ReadonlyMap<string, T>, uid: string): T {
  const found = byType.get(uid);
  if (found === undefined) throw new Error(`"${uid}" is not configured`);
  return found;
}
