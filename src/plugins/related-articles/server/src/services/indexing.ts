import type { Core } from '@strapi/strapi';

import type { Schemas } from '../config/attributes';
import { languageFor, resolveTypes, type RelatedType } from '../config/resolve';
import type { ValidatedConfig } from '../config/schema';
import { validateConfig } from '../config/validate';
import { readWeights, WEIGHTS_FILE } from '../config/weights-file';
import { PLUGIN_ID } from '../constants';
import { isKnownLanguage } from '../engine/analysis/languages';
import type { EngineStats, RankingOptions } from '../engine/types';
import { EmbeddedEngine } from '../engines/embedded';
import { Follower, type Progress } from '../sync/follower';
import { Reconciler } from '../sync/reconciler';
import { Reader, type LocaleCount } from '../sync/reader';
import { watch } from '../sync/watch';
import { rankingOf } from './ranking-options';

export interface IndexStatus {
  progress: Progress;
  stats: EngineStats;
  types: { uid: string; locales: LocaleCount[]; lastWrite: Date | null }[];
}

/** Owns the index: the configured types, the engine that holds their documents, the follower that keeps it in step. */
export class IndexService {
  readonly config: ValidatedConfig;
  readonly types: ReadonlyMap<string, RelatedType>;
  readonly engine: EmbeddedEngine;
  readonly reader: Reader;
  private readonly follower: Follower;
  private readonly reconciler: Reconciler;
  private readonly warnedOf = new Set<string>();

  constructor(private readonly strapi: Core.Strapi) {
    this.config = validateConfig(strapi.config.get(`plugin::${PLUGIN_ID}`));
    this.types = resolveTypes(this.config, {
      ...strapi.contentTypes,
      ...strapi.components,
    } as Schemas);
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
    );
    this.reader = new Reader(strapi);
    this.follower = new Follower(this.engine, this.reader, this.types, strapi.log);
    this.reconciler = new Reconciler(this.reader, this.follower, this.types, strapi.log);
  }

  /** Begins to follow writes and to read what is published; returns at once. */
  start(): void {
    if (this.types.size === 0) {
      this.strapi.log.warn(
        'related-articles: no content type is configured, so there is nothing to suggest. See config/plugins, key contentTypes.',
      );
      return;
    }
    watch(this.strapi, this.types, this.reader, this.follower);
    for (const type of this.types.values()) this.follower.rescan(type);
    this.reconciler.start();
  }

  stop(): void {
    this.reconciler.stop();
    this.follower.stop();
  }

  /** Resolves when every change known so far is in the index. */
  idle(): Promise<void> {
    return this.follower.idle();
  }

  /** Compares the index with the database now and waits until any difference is mended. */
  async reconcile(): Promise<void> {
    await this.follower.idle();
    await this.reconciler.check();
    await this.follower.idle();
  }

  progress(): Progress {
    return this.follower.progress();
  }

  async status(): Promise<IndexStatus> {
    const types = [...this.types.values()].map(async (type) => ({
      uid: type.uid,
      locales: await this.reader.countByLocale(type),
      lastWrite: await this.reader.lastWrite(type),
    }));
    return {
      progress: this.progress(),
      stats: await this.engine.stats(),
      types: await Promise.all(types),
    };
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
