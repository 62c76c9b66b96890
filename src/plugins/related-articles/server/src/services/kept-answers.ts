import type { Core } from '@strapi/strapi';

import type { ContentVersions } from '../changes/content-versions';
import type { RelatedType } from '../config/resolve';
import { withinTime } from '../content/within-time';
import { CURATION } from '../curations/curation';
import type { IndexService } from '../indexing/index-service';
import { SETTING } from '../settings/setting';
import { reachableTypes } from '../permissions/reachable-types';
import { RIGHTS } from '../permissions/writers';

/**
 * What answers depend on besides the entries of content types: the locales, which one is the default, and whether any
 * role of visitors may write.
 */
const SETTINGS = ['plugin::i18n.locale', 'strapi::core-store', ...RIGHTS];

/** How many characters of bodies are kept, and how many tags: a tag that outlives its body still gives a 304. */
const CAPACITY = 16_000_000;
const MAX_TAGS = 20_000;
/** A longer body would push out too many others: only its tag is kept. */
const MAX_BODY = CAPACITY / 10;
/** How long a request waits for an answer that another one is making: the other's turn may come later than its own. */
const LONGEST_WAIT_MS = 500;
/** For how many requests without an answer another one waits: for an entry that is gone, nobody gets one. */
const MOST_FAILURES = 2;

export interface Answer {
  /** The body as JSON. */
  body: string;
  /** Its ETag. */
  tag: string;
}

/** What answers depend on at one moment. */
export interface Basis {
  /** Changes whenever an answer may have changed, except that it may miss changes while `isFinal` is false. */
  version: string;
  /** Whether the version stays the same until something is written: only then may an answer be confirmed. */
  isFinal: boolean;
}

/** What is kept of an earlier answer. */
export interface Known {
  tag: string;
  /** `null` if there is no room for it any more. */
  body: string | null;
}

/** The task of making an answer. */
export interface Making {
  /** Keeps the answer and passes it to the requests that wait for it. */
  keep(answer: Answer): void;
  /** Must be called in any case: without an answer, one of the waiting requests then makes it. */
  end(): void;
}

/** An answer that is being made. */
interface Coming {
  version: string;
  /** On the clock of `performance`. */
  begunAt: number;
  /** Resolves to `null` if no answer was made. */
  answer: Promise<Answer | null>;
  tell(answer: Answer | null): void;
}

interface Kept {
  tag: string;
  version: string;
  /** On the clock of `performance`. */
  madeAt: number;
}

export interface KeptAnswersOptions {
  strapi: Core.Strapi;
  types: ReadonlyMap<string, RelatedType>;
  index: IndexService;
  versions: ContentVersions;
  /** How many relations a query may follow. */
  relationDepth: number;
  /** How long an answer may be kept, in milliseconds: changes made outside Strapi show by then. */
  maxAgeMs: number;
}

/**
 * Keeps answers with a version of everything that they depend on: as long as the version is the same, so is the answer,
 * and it need not be made again.
 */
export class KeptAnswers {
  // In both maps, the most recently used come last.
  private readonly tags = new Map<string, Kept>();
  private readonly bodies = new Map<string, string>();
  /** Answers that are being made, by key. */
  private readonly coming = new Map<string, Coming>();
  private readonly known = new Map<RelatedType, readonly [own: string[], all: string[]]>();
  /** The size of all bodies, in characters. */
  private size = 0;

  constructor(private readonly options: KeptAnswersOptions) {}

  /**
   * Returns what answers about a type depend on; `null` while they lack something that any instance has committed.
   * Takes one query.
   *
   * @param followsRelations Whether the request names relations, in `populate` or `filters`.
   */
  async basisOf(type: RelatedType, followsRelations: boolean): Promise<Basis | null> {
    const { index, versions } = this.options;
    const freshness = await index.freshness();
    if (freshness === 'behind') return null;
    const [own, all] = this.typesOf(type);
    const version = `${versions.of(followsRelations ? all : own)} ${index.revision} ${freshness}`;
    return { version, isFinal: freshness === 'fresh' };
  }

  /** Returns the tag of the answer to a request made at this version, and its body if that is still kept. */
  get(key: string, version: string): Known | null {
    const kept = this.tags.get(key);
    if (!kept) return null;
    this.tags.delete(key);
    const body = this.takeBody(key);
    const isOld = performance.now() - kept.madeAt > this.options.maxAgeMs;
    if (isOld || kept.version !== version) return null;
    this.tags.set(key, kept);
    if (body !== null) this.putBody(key, body);
    return { tag: kept.tag, body };
  }

  /**
   * Returns what is kept of an answer, or the task of making it. If another request with the same key is making it,
   * waits for that one, if not for long: nothing was written since it began, so its answer is just as new.
   *
   * @param isEnough Whether the kept part answers the request.
   */
  async find(
    key: string,
    version: string,
    isEnough: (known: Known) => boolean,
  ): Promise<{ known: Known } | { making: Making }> {
    for (let failures = 0; ;) {
      const kept = this.get(key, version);
      if (kept && isEnough(kept)) return { known: kept };
      const other = this.coming.get(key);
      const left = other?.version === version ? other.begunAt + LONGEST_WAIT_MS - performance.now() : 0; // prettier-ignore
      // No `await` before this: the next request must wait for this one.
      if (!other || left <= 0 || failures === MOST_FAILURES) return { making: this.begin(key, version) }; // prettier-ignore
      const answer = await withinTime(other.answer, left, () => undefined);
      if (answer) return { known: answer };
      if (answer === null) failures += 1;
    }
  }

  private begin(key: string, version: string): Making {
    let tell: Coming['tell'] = () => undefined;
    const answer = new Promise<Answer | null>((resolve) => {
      tell = resolve;
    });
    const own: Coming = { version, begunAt: performance.now(), answer, tell };
    this.coming.set(key, own);
    return {
      keep: (made) => {
        this.keep(key, version, made);
        tell(made);
        // If this took long, another request may have begun since.
        const latest = this.coming.get(key);
        if (latest?.version === version) latest.tell(made);
      },
      end: () => {
        tell(null);
        if (this.coming.get(key) === own) this.coming.delete(key);
      },
    };
  }

  private keep(key: string, version: string, { tag, body }: Answer): void {
    this.takeBody(key);
    this.tags.delete(key);
    this.tags.set(key, { tag, version, madeAt: performance.now() });
    if (body.length <= MAX_BODY) this.putBody(key, body);
    for (const oldest of this.bodies.keys()) {
      if (this.size <= CAPACITY) break;
      this.takeBody(oldest);
    }
    for (const oldest of this.tags.keys()) {
      if (this.tags.size <= MAX_TAGS) break;
      this.tags.delete(oldest);
      this.takeBody(oldest);
    }
  }

  private putBody(key: string, body: string): void {
    this.bodies.set(key, body);
    this.size += body.length;
  }

  private takeBody(key: string): string | null {
    const body = this.bodies.get(key);
    if (body === undefined) return null;
    this.bodies.delete(key);
    this.size -= body.length;
    return body;
  }

  /** Returns all content types that answers depend on. */
  reachable(): Set<string> {
    const types = [...this.options.types.values()];
    return new Set(types.flatMap((type) => this.typesOf(type)[1]));
  }

  private typesOf(type: RelatedType): readonly [own: string[], all: string[]] {
    const known = this.known.get(type);
    if (known) return known;
    const { strapi, relationDepth } = this.options;
    const related = type.relations.flatMap(({ targets }) => targets.map(({ uid }) => uid));
    const own = [...new Set([type.uid, CURATION.uid, SETTING.uid, ...SETTINGS, ...related])];
    const all = [...new Set([...own, ...reachableTypes(strapi, type.uid, relationDepth)])];
    this.known.set(type, [own, all]);
    return [own, all];
  }
}
