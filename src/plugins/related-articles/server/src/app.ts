import type { Core } from '@strapi/strapi';

import { version } from '../../package.json';
import { captureChanges } from './changes/capture';
import { ContentVersions } from './changes/content-versions';
import { ChangeLog } from './changes/change-log';
import { Clock } from './changes/clock';
import { Heartbeats } from './changes/heartbeats';
import { Lease } from './changes/lease';
import { Problems } from './changes/problems';
import { readConfiguration } from './config/read-configuration';
import type { RelatedType } from './config/resolve';
import { PLUGIN_ID } from './constants';
import { dependenciesOf } from './content/dependencies';
import { DocumentReader } from './content/document-reader';
import { RowReader } from './content/row-reader';
import { CURATION } from './curations/curation';
import { CurationCache } from './curations/curation-cache';
import { CurationHistory } from './curations/curation-history';
import { CurationMaintenance } from './curations/curation-maintenance';
import { CurationRepository } from './curations/curation-repository';
import { isWatchableEngine } from './engine/engine';
import { createEngine } from './indexing/create-engine';
import { rankingsOf } from './indexing/engine-options';
import { typeFingerprints } from './indexing/type-fingerprints';
import { createIndex } from './indexing/create-index';
import { mayChangeReads } from './permissions/read-hooks';
import { TypeAccess } from './permissions/caller-documents';
import { Masks } from './permissions/masks';
import { RelationStatistics } from './permissions/relation-statistics';
import { StrayLinks } from './permissions/stray-links';
import { ChangedEvent, RELATED_CHANGED } from './revalidation/changed-event';
import { ChangedLists } from './revalidation/changed-lists';
import { Outbox } from './revalidation/outbox';
import { BatchSuggestions } from './services/batch';
import { RIGHTS, Writers } from './permissions/writers';
import { Wholeness } from './services/wholeness';
import { EntrySamples } from './services/entry-samples';
import { Explanations } from './services/explanations';
import { FallbackEntries } from './services/fallback';
import { KeptAnswers } from './services/kept-answers';
import { AppearancesService } from './services/panel/appearances';
import { CurationsService } from './services/panel/curations';
import { EntriesService } from './services/panel/entries';
import { HistoryService } from './services/panel/history';
import { LinksService } from './services/panel/links';
import { PanelService } from './services/panel/panel';
import { Analyzers } from './services/analyzers';
import { ServedLists } from './services/served-lists';
import { Watches } from './services/watches';
import { emptyWhenAway, Outages, type ListEngine } from './services/when-away';
import { OverviewService } from './services/site/overview';
import { MapService } from './services/site/map';
import { ReadableEntries } from './services/site/readable-entries';
import { SettingsService } from './services/site/settings';
import { SurveyMaker } from './services/site/survey-maker';
import { SurveyStore } from './services/site/survey-store';
import { Surveys } from './services/site/surveys';
import { SuggestionsService } from './services/suggestions';
import { SETTING } from './settings/setting';
import { SettingsCache } from './settings/settings-cache';
import { SettingsRepository } from './settings/settings-repository';
import { SiteOptions } from './settings/site-options';
import { UnmetNames } from './settings/unmet-names';

/** How long nobody sends related.changed or makes surveys after the instance that did has crashed, in milliseconds. */
const LEASE_MS = 20_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export type App = ReturnType<typeof createApp>;

/**
 * Creates and connects everything. Nothing reads, writes or listens before `captureChanges` and `index.start`.
 *
 * @throws ConfigurationError naming every mistake in the configuration.
 */
export function createApp(strapi: Core.Strapi) {
  const { config, types } = readConfiguration(strapi);
  const { sync, limits } = config;
  const problems = new Problems(strapi.log);
  const settings = new SettingsCache(strapi, types, problems);
  const options = new SiteOptions({
    config,
    written: strapi.config.get(`plugin::${PLUGIN_ID}`),
    types,
    rankingOf: rankingsOf(strapi, types),
    settings,
  });
  const rankingOf = (uid: string) => options.of(uid).ranking;
  const { engine, close } = createEngine(strapi, types, rankingOf, config);

  const reader = new RowReader(strapi);
  const documents = new DocumentReader(strapi, limits.readingTime, version);
  const dependencies = dependenciesOf(strapi, types);

  const log = new ChangeLog(strapi.db);
  const heartbeats = new Heartbeats(strapi.db);
  const clock = new Clock(strapi.db, problems);

  const historyMs = sync.historyRetention === false ? null : sync.historyRetention * DAY_MS;
  const repository = new CurationRepository(strapi);
  const curations = new CurationCache(strapi);
  const maintenance = new CurationMaintenance({
    strapi,
    types,
    cache: curations,
    repository,
    retentionMs: sync.curationRetention * MINUTE_MS,
    historyMs,
    clock,
    heartbeats,
  });

  const settingsRows = new SettingsRepository({ strapi, historyMs });
  const unmetNames = new UnmetNames(strapi, { types, options });

  const versions = new ContentVersions();
  const { index, feed, own } = createIndex({
    strapi,
    config,
    types,
    engine,
    close,
    reader,
    documents,
    dependencies,
    log,
    heartbeats,
    maintenance,
    alsoSweep: async () => {
      const time = await clock.now();
      if (time) for (const setting of await settingsRows.sweep(time)) settings.take(setting);
      await unmetNames.check();
    },
    consumers: [versions, settings, curations, maintenance],
    version,
    problems,
  });
  const changedLists: ChangedLists | null =
    config.changedEvent && own && isWatchableEngine(engine)
      ? new ChangedLists({
          strapi,
          types,
          engine,
          writer: own.writer,
          watches: new Watches({
            options,
            types,
            engine,
            curations,
            reader,
            isStopped: () => changedLists?.isStopped ?? false,
          }),
          versions,
          site: options,
          log,
          feed,
          lease: new Lease({
            db: strapi.db,
            name: RELATED_CHANGED,
            holder: heartbeats.own,
            durationMs: LEASE_MS,
          }),
          outbox: new Outbox({ event: new ChangedEvent(strapi), problems }),
          pollMs: config.sync.pollInterval * 1000,
        })
      : null;
  if (own) own.lifecycle.changedLists = changedLists;

  let isStopped = false;
  const analyzers = new Analyzers();
  const explanations = new Explanations(analyzers, reader);
  const makeSuggestions = (from: ListEngine) =>
    new SuggestionsService({
      ...{ strapi, engine: from, reader, documents, curations, explanations },
      rulesOf: (uid) => rankingOf(uid).rules,
    });
  const isEmptyWhenAway = config.engine.kind === 'opensearch' && config.engine.whenAway === 'empty';
  const outages = new Outages();
  const readersEngine = isEmptyWhenAway ? emptyWhenAway(engine, outages) : engine;
  const suggestions = makeSuggestions(readersEngine);
  const editorSuggestions = makeSuggestions(engine);
  const entries = new EntriesService(strapi, types, curations);
  const masks = new Masks(String(strapi.config.get('admin.auth.secret', '')));
  const steps = new CurationHistory(strapi);
  const history = new HistoryService(steps, entries, masks);
  const curating = new CurationsService({
    repository,
    history: steps,
    cache: curations,
    entries,
    masks,
  });
  const fallbacks = new FallbackEntries({ strapi, reader, curations, options });
  const panel = new PanelService({
    strapi,
    options,
    reader,
    documents,
    repository,
    suggestions: editorSuggestions,
    curating,
    history,
    fallbacks,
    progress: (uid) => index.progress(uid),
  });
  const links = new LinksService({
    strapi,
    panel,
    suggestions: editorSuggestions,
    analyzers,
    reader,
  });
  const served = new ServedLists({ options, engine, curations });
  const appearances = new AppearancesService({ strapi, options, engine, reader, curations, explanations, served }); // prettier-ignore
  const maker: SurveyMaker = new SurveyMaker({
    engine,
    served,
    options,
    watched:
      own && isWatchableEngine(engine)
        ? {
            watches: new Watches({
              options,
              types,
              engine,
              curations,
              reader,
              isStopped: () => isStopped,
              onMade: (...made) => maker.note(...made),
            }),
            writer: own.writer,
          }
        : null,
    isStopped: () => isStopped,
  });
  const fingerprints = typeFingerprints(types);
  const surveys = new Surveys({
    engine,
    maker,
    store: new SurveyStore(strapi.db),
    log,
    lease: new Lease({
      db: strapi.db,
      name: 'surveys',
      holder: heartbeats.own,
      durationMs: LEASE_MS,
    }),
    revision: () => `${index.revision} ${versions.of([CURATION.uid, SETTING.uid])}`,
    madeWith: (uid) => {
      const { relations, parts } = rankingOf(uid);
      return JSON.stringify([
        version,
        fingerprints[uid],
        options.defaultsOf(uid),
        relations,
        parts,
      ]);
    },
    place: async () =>
      (await index.isInStep()) ? { position: feed.position, missing: feed.missing } : null,
    isStopped: () => isStopped,
    problems,
  });
  const readable = new ReadableEntries(strapi);
  const overview = new OverviewService({ strapi, types, engine, reader, curations, surveys, entries: readable }); // prettier-ignore
  const map = new MapService({ overview, entries: readable });

  const siteSettings = new SettingsService({
    strapi,
    engine,
    options,
    cache: settings,
    repository: settingsRows,
    served,
    fallbacks,
    entries,
  });

  const answers = new KeptAnswers({
    strapi,
    types,
    index,
    versions,
    relationDepth: limits.relationDepth,
    maxAgeMs: sync.checkInterval * 1000,
  });

  let watched: Set<string> | null = null;
  /** Whether answers may depend on entries of a type. Worked out late: types may change until all have registered. */
  const isWatched = (uid: string): boolean => {
    if (uid === CURATION.uid || uid === SETTING.uid) return true;
    if (!log.isOpen) return false;
    watched ??= answers.reachable();
    return watched.has(uid);
  };

  const accesses = new Map<RelatedType, TypeAccess>();
  return {
    config,
    types,
    options,
    siteSettings,
    engine,
    reader,
    documents,
    curations,
    repository,
    maintenance,
    index,
    suggestions,
    batch: new BatchSuggestions({ engine: readersEngine, curations, suggestions }),
    answers,
    outages,
    fallbacks,
    entries,
    curating,
    history,
    panel,
    links,
    appearances,
    overview,
    map,
    surveys,
    /** Stops all background work. */
    stop() {
      isStopped = true;
      surveys.stop();
      return index.stop();
    },
    /** The limits for queries of the content API. */
    guard: {
      strapi,
      limits,
      statistics: new RelationStatistics(strapi),
      strays: new StrayLinks(strapi),
    },
    samples: new EntrySamples(strapi),
    writers: new Writers(strapi, () => versions.of(RIGHTS)),
    wholeness: new Wholeness(),
    /** How callers of the content API reach a type's documents. */
    accessTo(type: RelatedType): TypeAccess {
      const access = accesses.get(type) ?? new TypeAccess(strapi, type);
      accesses.set(type, access);
      return access;
    },
    /** Starts to note all writes in the change log. */
    captureChanges() {
      if (types.size === 0) return;
      // What hooks of the project leave out must not stay in the index.
      const onBack = () =>
        mayChangeReads(strapi, config.cache.middlewaresOnlyWrite)
          ? void index.reindex().catch(() => undefined)
          : feed.wake();
      captureChanges({ strapi, log, feed, types, dependencies, isWatched, onBack });
    },
  };
}

/** The plugin's parts, for controllers, policies and commands. */
export const appOf = (strapi: Core.Strapi): App => strapi.plugin(PLUGIN_ID).service('app');
