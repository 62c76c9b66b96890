import type { Collection } from '../engine';
import type { Gate } from '../ranking/gate';

/** Counts or changes as they were published: the documents that hold their parts. */
export interface Published {
  version: number;
  bytes: number;
  parts: string[];
}

/** What the cluster knows of a collection. */
export interface CatalogEntry extends Collection {
  /** The index that holds its documents. */
  index: string;
  /** Tells that index apart from another one with its name. Earlier versions do not set it. */
  uuid?: string;
  /** Grows with each publication. */
  version: number;
  gate: Gate | null;
  /** Whether the gate is from before the last changes. */
  isGateOld?: boolean;
  /** All counts, and what changed since, in order. */
  full: Published;
  changes: Published[];
}

/** All that was published of a collection's counts. */
export const publishedOf = ({ full, changes }: CatalogEntry): Published[] => [full, ...changes];

/** Tells apart two publications of one version: the random name of the counts that came last. */
export const tokenOf = ({ full, changes }: CatalogEntry): string =>
  (changes.at(-1) ?? full).parts[0] ?? '';

/** Names what was published: lists made from the same publication are the same. */
export const publicationOf = (entry: CatalogEntry): string =>
  `${entry.index} ${entry.version} ${tokenOf(entry)}`;

/** The entry of a collection before anything was published. */
export const emptyEntry = (
  { type, locale }: Collection,
  { index, uuid }: Pick<CatalogEntry, 'index' | 'uuid'>,
): CatalogEntry => ({
  type,
  locale,
  index,
  uuid,
  version: 0,
  gate: null,
  full: { version: 0, bytes: 0, parts: [] },
  changes: [],
});

/** Adds `textThreshold`, which earlier versions did not have. */
export function withTextBar(entry: CatalogEntry | undefined): CatalogEntry | undefined {
  if (!entry?.gate) return entry;
  return {
    ...entry,
    gate: { ...entry.gate, textThreshold: entry.gate.textThreshold ?? entry.gate.threshold },
  };
}
