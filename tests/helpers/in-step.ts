import type { Core } from '@strapi/strapi';
import type { RelatedType } from 'plugin/config/resolve';
import type { Suggestion } from 'plugin/engine/types';
import { EmbeddedEngine } from 'plugin/engines/embedded';
import { collectionOf, toEngineDocument } from 'plugin/sync/mapper';
import type { IndexService } from 'plugin/services/indexing';

export type Lists = Record<string, Suggestion[] | null>;

export const indexingOf = (strapi: Core.Strapi): IndexService =>
  strapi.plugin('related-articles').service('indexing');

/** The list of every document in an index, with scores and reasons. */
export function listsOf(engine: EmbeddedEngine): Lists {
  const lists: Lists = {};
  for (const collection of engine.collections()) {
    for (const id of engine.ids(collection)) {
      lists[`${collection.type} ${collection.locale} ${id}`] = engine.related(collection, id, {
        minScore: 0,
        explain: true,
      });
    }
  }
  return lists;
}

/** A new index of what the database holds now. */
export async function rebuilt(strapi: Core.Strapi): Promise<EmbeddedEngine> {
  const { types, reader } = indexingOf(strapi);
  const engine = new EmbeddedEngine((uid) => (types.get(uid) as RelatedType).ranking);
  for (const type of types.values()) {
    for (let afterId = 0; ;) {
      const page = await reader.page(type, afterId, 500);
      for (const entity of page) {
        if (type.localized && !entity.locale) continue;
        engine.upsert(collectionOf(type, entity.locale), toEngineDocument(type, entity));
      }
      if (page.length < 500) break;
      afterId = page[page.length - 1].id;
    }
  }
  return engine;
}

/** What differs between the index of a running Strapi and a new one; empty when it is in step. */
export async function differences(strapi: Core.Strapi): Promise<string[]> {
  const here = listsOf(indexingOf(strapi).engine);
  const fresh = await rebuilt(strapi);
  const there = listsOf(fresh);
  const keys = new Set([...Object.keys(here), ...Object.keys(there)]);
  const found = [...keys].filter((key) => JSON.stringify(here[key]) !== JSON.stringify(there[key]));
  const sizes = (engine: EmbeddedEngine) =>
    JSON.stringify(
      engine
        .stats()
        .collections.map(({ type, locale, documents, terms }) => [type, locale, documents, terms])
        .sort(),
    );
  if (sizes(fresh) !== sizes(indexingOf(strapi).engine)) {
    found.push(`${sizes(indexingOf(strapi).engine)} beside ${sizes(fresh)}`);
  }
  return found;
}
