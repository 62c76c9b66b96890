import type { EngineDocument, RankingOptions } from 'plugin/engine/engine';

/** The default ranking, for engines without a configuration. */
export const RANKING: RankingOptions = {
  minScore: 0.13,
  diversity: 0,
  weights: { text: 1, title: 1, taxonomy: 1, links: 1, date: 1 },
  relations: { category: 1, tags: 2 },
};

/** A document in which everything is empty except what is given. */
export function doc(
  id: string,
  part: Partial<EngineDocument> & { body?: string } = {},
): EngineDocument {
  const { body, ...rest } = part;
  return {
    id,
    title: id,
    slug: id,
    fields: body === undefined ? [] : [{ text: body, weight: 1 }],
    taxonomy: [],
    links: [],
    date: null,
    ...rest,
  };
}

export const tag = (label: string) => ({ relation: 'tags', id: label, label });
export const category = (label: string) => ({ relation: 'category', id: label, label });
