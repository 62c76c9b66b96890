import type { SettingsInForce, SiteRules, SiteSettings } from '../../../shared/settings';
import type { RelatedType } from '../config/resolve';
import type { ValidatedConfig } from '../config/schema';
import type { RankingOptions, Rules } from '../engine/engine';
import type { SettingsCache } from './settings-cache';

/** The options in force for the lists of one content type. */
export interface TypeOptions extends Pick<ValidatedConfig, 'limit' | 'fallback' | 'maxAge'> {
  ranking: RankingOptions;
}

export interface SiteOptionsOptions {
  config: ValidatedConfig;
  /** The configuration as it is written, without defaults: the panel cannot change what it sets. */
  written: unknown;
  types: ReadonlyMap<string, RelatedType>;
  /** The ranking options from the configuration and the weights file. */
  rankingOf(uid: string): RankingOptions;
  settings: SettingsCache;
}

const RANKING_KEYS = ['minScore', 'diversity'] as const;
const LIST_KEYS = ['limit', 'fallback', 'maxAge'] as const;

type Keys = Record<string, unknown>;

const keysOf = (value: unknown): Keys =>
  typeof value === 'object' && value !== null ? (value as Keys) : {};

/** The options in force for each content type: the configuration file first, then the admin panel, then defaults. */
export class SiteOptions {
  private readonly known = new Map<string, { settings: SiteSettings; options: TypeOptions }>();

  constructor(private readonly options: SiteOptionsOptions) {}

  /** Changes whenever any of the settings does. */
  get version(): number {
    return this.options.settings.version;
  }

  /** Returns the same object until a setting changes. */
  of(uid: string): TypeOptions {
    const { settings } = this.options.settings.get(uid);
    const known = this.known.get(uid);
    if (known?.settings === settings) return known.options;
    const options = this.with(uid, settings);
    this.known.set(uid, { settings, options });
    return options;
  }

  /** Returns the options that would be in force with these settings. */
  with(uid: string, settings: SiteSettings): TypeOptions {
    const { config, rankingOf } = this.options;
    const isFree = this.isFree(uid);
    const base = rankingOf(uid);
    const { maxAge = config.maxAge } = isFree('maxAge') ? settings : {};
    const weights = Object.entries(settings.weights ?? {}).filter(
      ([signal, weight]) => weight !== undefined && isFree(`weights.${signal}`),
    );
    const ranking: RankingOptions = {
      ...base,
      ...chosen(settings, RANKING_KEYS.filter(isFree)),
      weights: { ...base.weights, ...Object.fromEntries(weights) },
      ...(!base.parts && settings.parts && { parts: settings.parts }),
    };
    const rules = this.rules(uid, settings.rules);
    if (rules) ranking.rules = rules;
    return {
      limit: config.limit,
      fallback: config.fallback,
      ...chosen(settings, (['limit', 'fallback'] as const).filter(isFree)),
      ...(typeof maxAge === 'number' && { maxAge }),
      ranking,
    };
  }

  /** Returns the rules that the file does not fix. */
  free(uid: string, rules: SiteRules | undefined): SiteRules | undefined {
    const isFree = this.isFree(uid);
    return rules && chosen(rules, RULES.filter((rule) => isFree(`rules.${rule}`))); // prettier-ignore
  }

  /** Returns the options in force without any settings. */
  defaultsOf(uid: string): SettingsInForce {
    const { limit, fallback, maxAge = null, ranking } = this.with(uid, {});
    const { minScore, diversity, weights, rules = {} } = ranking;
    return { limit, fallback, maxAge, minScore, diversity, weights, rules: rules as SiteRules };
  }

  /** Returns the paths of settings that the file fixes. */
  fixed(uid: string): string[] {
    const isFree = this.isFree(uid);
    const { weights } = this.options.rankingOf(uid);
    const paths = [...LIST_KEYS, ...RANKING_KEYS, ...Object.keys(weights).map((signal) => `weights.${signal}`), ...RULES.map((rule) => `rules.${rule}`)]; // prettier-ignore
    return paths.filter((path) => !isFree(path));
  }

  hasWeightsFile(uid: string): boolean {
    return this.options.rankingOf(uid).parts !== undefined;
  }

  private isFree(uid: string): (path: string) => boolean {
    const written = keysOf(this.options.written);
    const ranking = keysOf(written.ranking);
    const rules = keysOf(keysOf(keysOf(written.contentTypes)[uid]).rules);
    const byFile: Record<string, Keys> = { weights: keysOf(ranking.weights), rules };
    return (path) => {
      const [group, key] = path.split('.');
      if (key !== undefined) return byFile[group][key] === undefined;
      return written[path] === undefined && ranking[path] === undefined;
    };
  }

  private rules(uid: string, set: SiteRules | undefined): Rules | undefined {
    const base = this.options.rankingOf(uid).rules;
    if (!set) return base;
    const own = this.free(uid, set);
    const none: Rules = { never: {}, same: [], different: [], atMost: {} };
    const all = { ...none, ...base, ...(own as Partial<Rules>) };
    // A relation under both would leave nothing: the file may have it under one, and the settings under the other.
    return { ...all, different: all.different.filter((name) => !all.same.includes(name)) };
  }
}

export const RULES = ['never', 'same', 'different', 'atMost', 'favour', 'halfLife', 'ignore', 'place'] as const; // prettier-ignore

/** Returns those of the keys that are set. */
function chosen<T extends object, Key extends keyof T>(
  from: T,
  keys: readonly Key[],
): Partial<Pick<T, Key>> {
  const set = keys.filter((key) => from[key] !== undefined && from[key] !== null);
  return Object.fromEntries(set.map((key) => [key, from[key]])) as Partial<Pick<T, Key>>;
}
