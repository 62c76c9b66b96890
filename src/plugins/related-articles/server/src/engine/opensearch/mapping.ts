import type { Collection } from '../engine';
import { hashText } from '../hash';
import { B, K1 } from '../signals/text';

/** Raised whenever documents are stored or mapped otherwise; an index of another version is built anew. */
export const MAPPING_VERSION = 2;
/** Lucene takes no longer keyword; addresses and links beyond this lead nowhere. */
const MAX_KEYWORD = 8000;
const keyword = { type: 'keyword', ignore_above: MAX_KEYWORD } as const;
/** Only given back, never looked for. */
const stored = { type: 'object', enabled: false } as const;

export interface IndexSettings {
  /** Begins the names of all indexes. */
  prefix: string;
  /** Primary shards of each collection's index. */
  shards: number;
  /** Copies of each shard, such as `1` or `0-1`. */
  replicas: string;
}

/** A collection's key, which names it in the cluster. */
export const keyOf = ({ type, locale }: Collection): string => `${type} ${locale ?? ''}`;

/** Names are lower case and short; the hash keeps apart what looks alike then. */
export function indexNameOf({ prefix }: IndexSettings, collection: Collection, generation: string) {
  const key = keyOf(collection);
  const readable = key.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 80); // prettier-ignore
  return `${prefix}${readable}-${hashText(key).toString(36)}-${generation}`;
}

/** Where it is written which index a collection has, and what was counted in it. */
export const catalogOf = ({ prefix }: IndexSettings): string => `${prefix}catalog`;

/** The name under which an index is written to: with it, one that is missing is not made by mistake. */
export const aliasOf = (index: string): string => `${index}.write`;

/** Says whose an index is: others may share the beginning of its name. */
const OWNER = 'strapi-plugin-related-articles';

/** Whether an index was made for this prefix. */
export const isOurs = (
  meta: { owner?: unknown; prefix?: unknown } | undefined,
  { prefix }: IndexSettings,
): boolean => meta?.owner === OWNER && meta.prefix === prefix;

const metaOf = ({ prefix }: IndexSettings) => ({ version: MAPPING_VERSION, owner: OWNER, prefix });

const common = ({ replicas }: IndexSettings) => ({
  'index.auto_expand_replicas': replicas.includes('-') ? replicas : false,
  ...(!replicas.includes('-') && { 'index.number_of_replicas': Number(replicas) }),
});

/** The terms are our own: the cluster splits at spaces, and needs no plugin for any language. */
export const documentIndex = (settings: IndexSettings, name: string) => ({
  aliases: { [aliasOf(name)]: {} },
  settings: {
    'index.number_of_shards': settings.shards,
    ...common(settings),
    'index.similarity.default.type': 'BM25',
    'index.similarity.default.k1': K1,
    'index.similarity.default.b': B,
  },
  mappings: {
    dynamic: 'strict',
    _meta: metaOf(settings),
    _source: { excludes: ['body', 'places'] },
    properties: {
      id: keyword,
      deleted: { type: 'boolean' },
      /** A hash of the id: the smallest are the sample that the gate rests on. */
      sample: { type: 'long' },
      date: { type: 'double' },
      title: { type: 'keyword', index: false },
      /** Each word as often as it counts. */
      body: { type: 'text', analyzer: 'whitespace', index_options: 'freqs' },
      taxonomy: keyword,
      addresses: keyword,
      links: keyword,
      /** What the caller looks documents up by. */
      places: { ...keyword, doc_values: false },
      entries: stored,
      attributes: stored,
      picked: { type: 'keyword', index: false, doc_values: false },
      words: stored,
      features: stored,
      note: stored,
    },
  },
});

export const catalogIndex = (settings: IndexSettings) => ({
  aliases: { [aliasOf(catalogOf(settings))]: {} },
  settings: { 'index.number_of_shards': 1, ...common(settings) },
  mappings: {
    dynamic: 'strict',
    _meta: metaOf(settings),
    properties: {
      kind: { type: 'keyword' },
      collection: { type: 'keyword' },
      content: stored,
    },
  },
});
