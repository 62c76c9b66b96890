import type { Collection } from '../engine';
import { hashText } from '../hash';
import { B, K1 } from '../signals/text';

/** Recorded in each index. Raise it when documents are stored or mapped differently; nothing reads it yet. */
export const MAPPING_VERSION = 3;
/** In characters: Lucene accepts keywords of up to 32,766 bytes. Longer addresses and links lead nowhere. */
const MAX_KEYWORD = 8000;
const keyword = { type: 'keyword', ignore_above: MAX_KEYWORD } as const;
/** Only returned, never searched. */
const stored = { type: 'object', enabled: false } as const;

export interface IndexSettings {
  /** What the names of all indexes begin with. */
  prefix: string;
  /** Primary shards of each collection's index. */
  shards: number;
  /** Copies of each shard, such as `1` or `0-1`. */
  replicas: string;
}

/** A collection's key, which names it in the cluster. */
export const keyOf = ({ type, locale }: Collection): string => `${type} ${locale ?? ''}`;

/** Names an index. Names are lower case and short; the hash tells apart what looks alike then. */
export function indexNameOf({ prefix }: IndexSettings, collection: Collection, generation: string) {
  const key = keyOf(collection);
  const readable = key.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 80); // prettier-ignore
  return `${prefix}${readable}-${hashText(key).toString(36)}-${generation}`;
}

/** The index that records which index each collection has, and what was counted in it. */
export const catalogOf = ({ prefix }: IndexSettings): string => `${prefix}catalog`;

/** The alias for writing to an index, so that a missing one is not created by mistake. */
export const aliasOf = (index: string): string => `${index}.write`;

/**
 * The alias of an index as it is made. Marked, writes go on although another index has the alias, too; and the cluster
 * refuses to restore a copy that has it.
 */
export const OWN_ALIAS = { is_write_index: true };

/** Marks an index as ours: other indexes may share the beginning of its name. */
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

/** How an index is created. The terms are our own: the cluster only splits at spaces, and needs no language plugin. */
export const documentIndex = (settings: IndexSettings, name: string) => ({
  aliases: { [aliasOf(name)]: OWN_ALIAS },
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
      /** A hash of the id: the documents with the smallest hashes are the sample for the gate. */
      sample: { type: 'long' },
      date: { type: 'double' },
      checksum: { type: 'long' },
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
  aliases: { [aliasOf(catalogOf(settings))]: OWN_ALIAS },
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
