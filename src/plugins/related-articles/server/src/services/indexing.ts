import type { Core } from '@strapi/strapi';

import type { Schemas } from '../config/attributes';
import { languageFor, resolveTypes, type RelatedType } from '../config/resolve';
import type { ValidatedConfig } from '../config/schema';
import { pruneConfig } from '../config/prune';
import { ConfigurationError, validateConfig, wellFormedTypes } from '../config/validate';
import { readWeights, WEIGHTS_FILE } from '../config/weights-file';
import { PLUGIN_ID } from '../constants';
import { isKnownLanguage } from '../engine/analysis/languages';
import type { Engine, EngineStats, RankingOptions } from '../engine/engine';
import { EmbeddedEngine } from '../engine/embedded/embedded-engine';
import type { CurationCache } from '../curations/curation-cache';
import type { CurationRepository } from '../curations/curation-repository';
import type { Instance } from '../changes/heartbeats';
import { TypeAccess } from '../permissions/caller-documents';
import type { QueryGuardContext } from '../permissions/query-guard';
import { RelationStatistics } from '../permissions/relation-statistics';
import type { DocumentReader } from '../content/document-reader';
import type { Progress } from '../indexing/follower';
import { Reader, type LocaleCount } from '../content/reader';
import type { Reconciliation } from '../indexing/reconciler';
import { Synchronizer, type SyncHealth } from '../indexing/synchronizer';
import { version } from '../../../package.json';
import { rankingOf } from '../config/ranking-options';

/** Of each collection: readers come to the same pages. */
const KEPT_LISTS = 1000;

export interface IndexStatus {
  health: SyncHealth;
  sync: { instances: Instance[]; own: string; rows: number };
  stats: EngineStats;
  types: { uid: string; locales: LocaleCount[]; lastWrite: Date | null }[];
}

/** Owns the index: the configured types, the engine that holds their documents, the follower that keeps it in step. */
export class IndexService {
  readonly config: ValidatedConfig;
  readonly types: ReadonlyMap<string, RelatedType>;
  readonly engine: Engine;
  readonly reader: Reader;
  readonly documents: DocumentReader;
  /** What editors decided, in memory and on its way into the database. */
  readonly curations: CurationCache;
  readonly curationWriter: CurationRepository;
  private readonly sync: Synchronizer;
  /** What queries of the content API are held to. */
  readonly guard: QueryGuardContext;
  private readonly accesses = new Map<RelatedType, TypeAccess>();
  private readonly warnedOf = new Set<string>();

  constructor(private readonly strapi: Core.Strapi) {
    const { config, types } = configured(strapi);
    this.config = config;
    this.types = types;
    const statistics = new RelationStatistics(strapi);
    this.guard = { strapi, limits: this.config.limits, statistics };
    const fitted = readWeights(strapi.dirs.app.root);
    for (const uid of Object.keys(fitted)) {
      if (this.types.has(uid)) continue;
      strapi.log.warn(
        `related-articles: ${WEIGHTS_FILE} has weights of "${uid}", which is not configured.`,
      );
    }
    const rankings = new Map(
      [...this.types.values()].map((type) => [
        type.uid,
        { ...rankingOf(type, strapi.log), parts: fitted[type.uid]?.parts },
      ]),
    );
    this.engine = new EmbeddedEngine(
      (uid) => rankings.get(uid) as RankingOptions,
      ({ type, locale }) => this.languageOf(type, locale),
      { keptLists: KEPT_LISTS, calibrates: 'by settle' },
    );
    this.reader = new Reader(strapi);
    this.sync = new Synchronizer(
      strapi,
      this.types,
      this.engine,
      this.reader,
      this.config.sync,
      this.config.limits.readingTime,
      version,
    );
    this.documents = this.sync.documents;
    this.curations = this.sync.curations;
    this.curationWriter = this.sync.curationWriter;
  }

  /** Begins to follow writes and to read what is published. */
  async start(): Promise<void> {
    if (this.types.size > 0) {
      await this.sync.start();
      return;
    }
    this.strapi.log.warn(
      'related-articles: no content type is configured, so there is nothing to suggest. See config/plugins, key contentTypes.',
    );
  }

  /** Saves the index and stops. */
  async stop(): Promise<void> {
    if (this.types.size > 0) await this.sync.stop();
  }

  /** Resolves when everything committed so far is in the index. */
  async idle(): Promise<void> {
    if (this.types.size > 0) await this.sync.idle();
  }

  /** Compares the index with the database now and waits until any difference is mended. */
  check(kind: 'quick' | 'deep'): Promise<Reconciliation> {
    return this.sync.check(kind);
  }

  /** Has every instance read everything again; lists stay as they are meanwhile. */
  reindex(): Promise<void> {
    return this.sync.reindex();
  }

  /** Removes pins and exclusions of documents that have been gone for that long, by default for `sync.curationRetention`. */
  sweep(graceMs?: number): Promise<void> {
    return this.sync.sweep(graceMs);
  }

  /** Saves the index now. */
  save(): Promise<void> {
    return this.sync.save();
  }

  progress(): Progress {
    return this.sync.progress();
  }

  health(): SyncHealth {
    return this.sync.health();
  }

  async status(): Promise<IndexStatus> {
    const types = [...this.types.values()].map(async (type) => ({
      uid: type.uid,
      locales: await this.reader.countByLocale(type),
      lastWrite: await this.reader.lastWrite(type),
    }));
    return {
      health: this.health(),
      sync: await this.sync.others(),
      stats: await this.engine.stats(),
      types: await Promise.all(types),
    };
  }

  /** How callers of the content API reach a type's documents. */
  accessTo(type: RelatedType): TypeAccess {
    const access = this.accesses.get(type) ?? new TypeAccess(this.strapi, type);
    this.accesses.set(type, access);
    return access;
  }

  private typeOf(uid: string): RelatedType {
    const type = this.types.get(uid);
    if (!type) throw new Error(`"${uid}" is not configured`);
    return type;
  }

  private languageOf(uid: string, locale: string | null): string {
    const language = languageFor(this.typeOf(uid), locale);
    if (!isKnownLanguage(language) && !this.warnedOf.has(language)) {
      this.warnedOf.add(language);
      this.strapi.log.warn(
        `related-articles: the language of locale "${locale}" is not known, so its words are compared as they are written. The option "languages" in config/plugins can name one: languages: { '${locale}': 'en' }.`,
      );
    }
    return language;
  }
}

/** @throws ConfigurationError naming every mistake, of shapes and of names. */
function configured(strapi: Core.Strapi): {
  config: ValidatedConfig;
  types: Map<string, RelatedType>;
} {
  const written: unknown = strapi.config.get(`plugin::${PLUGIN_ID}`);
  const schemas = { ...strapi.contentTypes, ...strapi.components } as Schemas;
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
  // In development, a field that was deleted in the Content-Type Builder must not end the server.
  const pruned = pruneConfig(config, schemas);
  const isDevelopment = strapi.config.get('autoReload') === true;
  if (!isDevelopment || mistakesIn(() => resolveTypes(pruned, schemas)).length > 0) {
    throw new ConfigurationError(mistakes);
  }
  strapi.log.warn(
    `related-articles: the configuration does not fit the content types any more; what is missing is left out until you change config/plugins:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
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
