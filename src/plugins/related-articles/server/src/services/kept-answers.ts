import type { Core } from '@strapi/strapi';

import type { ContentVersions } from '../changes/content-versions';
import type { RelatedType } from '../config/resolve';
import { CURATION } from '../curations/curation';
import type { IndexLifecycle } from '../indexing/lifecycle';
import type { IndexWriter } from '../indexing/index-writer';
import { reachableTypes } from '../permissions/reachable-types';

/** What answers rest on beside the entries of content types: which locales there are, and which is the default. */
export const SETTINGS = ['plugin::i18n.locale', 'strapi::core-store'];

/** How much is kept, in characters, and what an answer takes beside its body. */
const CAPACITY = 16_000_000;
const OVERHEAD = 500;

export interface KeptAnswer {
  /** The body as JSON. */
  body: string;
  /** Its ETag. */
  tag: string;
}

interface Entry extends KeptAnswer {
  version: string;
  /** On the clock of `performance`. */
  madeAt: number;
}

export interface KeptAnswersOptions {
  strapi: Core.Strapi;
  index: IndexLifecycle;
  versions: ContentVersions;
  writer: IndexWriter;
  /** How many relations a query may follow. */
  relationDepth: number;
  /** How long an answer may be kept, in milliseconds: changes made outside Strapi show by then. */
  maxAgeMs: number;
}

/**
 * Answers that were given, with a version of everything that they rest on: as long as that is the same, so is the
 * answer, and it need not be made again.
 */
export class KeptAnswers {
  private readonly entries = new Map<string, Entry>();
  private readonly reachable = new Map<RelatedType, readonly [own: string[], all: string[]]>();
  private size = 0;

  constructor(private readonly options: KeptAnswersOptions) {}

  /**
   * The version of what answers about a type rest on; `null` while something committed, on whichever instance, is not
   * in them yet. One query.
   *
   * @param followsRelations Whether the request names relations, in `populate` or `filters`.
   */
  async versionOf(type: RelatedType, followsRelations: boolean): Promise<string | null> {
    const { index, versions, writer } = this.options;
    if (!(await index.isInStep())) return null;
    const [own, all] = this.typesOf(type);
    return `${versions.of(followsRelations ? all : own)} ${writer.writes}`;
  }

  /** The answer to a request that was made at this version. */
  get(key: string, version: string): KeptAnswer | null {
    const entry = this.entries.get(key);
    if (!entry) return null;
    this.entries.delete(key);
    const isOld = performance.now() - entry.madeAt > this.options.maxAgeMs;
    if (isOld || entry.version !== version) {
      this.size -= sizeOf(entry);
      return null;
    }
    // The most recently used stand last.
    this.entries.set(key, entry);
    return entry;
  }

  keep(key: string, version: string, answer: KeptAnswer): void {
    this.drop(key);
    this.entries.set(key, { ...answer, version, madeAt: performance.now() });
    this.size += sizeOf(answer);
    for (const oldest of this.entries.keys()) {
      if (this.size <= CAPACITY) return;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    const entry = this.entries.get(key);
    if (entry) this.size -= sizeOf(entry);
    this.entries.delete(key);
  }

  private typesOf(type: RelatedType): readonly [own: string[], all: string[]] {
    const known = this.reachable.get(type);
    if (known) return known;
    const { strapi, relationDepth } = this.options;
    const related = type.relations.flatMap(({ targets }) => targets.map(({ uid }) => uid));
    const own = [...new Set([type.uid, CURATION.uid, ...SETTINGS, ...related])];
    const all = [...new Set([...own, ...reachableTypes(strapi, type.uid, relationDepth)])];
    this.reachable.set(type, [own, all]);
    return [own, all];
  }
}

const sizeOf = ({ body }: KeptAnswer): number => body.length + OVERHEAD;
