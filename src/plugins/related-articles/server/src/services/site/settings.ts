import type { Core } from '@strapi/strapi';

import type { PanelEntry } from '../../../../shared/contracts';
import type {
  FindSettingsResponse,
  PreviewedList,
  PreviewedRow,
  PreviewResponse,
  SiteSettings,
  TuneResponse,
} from '../../../../shared/settings';
import type { RelatedType } from '../../config/resolve';
import { textOf } from '../../content/entity';
import { collectionOf } from '../../content/mapper';
import { rowsIn, rowsOf } from '../../content/rows';
import { sourceOf } from '../../curations/curation';
import { isTunableEngine, type DocumentRef, type Engine } from '../../engine/engine';
import { hashText } from '../../engine/hash';
import { PART_NAMES } from '../../engine/ranking/weights';
import { runInSlices, Turns } from '../../engine/steps';
import { judgedList, type JudgedList } from '../../evaluation/judged-list';
import { CUTOFF, evaluate } from '../../evaluation/metrics';
import { MIN_JUDGED, tuneInSteps } from '../../evaluation/tuning';
import { EditorDocuments } from '../../permissions/editor-documents';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { ifRefused } from '../../permissions/narrowed-reads';
import { editorVisibility } from '../../permissions/visibility';
import { mistakeIn, type SettingsCache } from '../../settings/settings-cache';
import type { SettingsChange, SettingsRepository } from '../../settings/settings-repository';
import type { SiteOptions, TypeOptions } from '../../settings/site-options';
import { pinnedOf } from '../judgements';
import type { FallbackEntries } from '../fallback';
import type { EntriesService } from '../panel/entries';
import type { ServedLists } from '../served-lists';
import { previewed, type Lists, type PreviewedRequest } from './previewed';

/** How many lists are in the sample. */
const SAMPLE = 40;
/** With fewer judged entries, nDCG says nothing. */
const LEAST_JUDGED = 3;
/** How many judged entries are used: more would take long and say the same. */
const MAX_JUDGED = 300;
/** How many names of a relation's entries are offered for rules. */
const MAX_NAMES = 500;
const MAX_NAME = 255;
/** The share of the time that this may take. */
const SHARE = 0.5;

export interface SettingsServiceOptions {
  strapi: Core.Strapi;
  engine: Engine;
  options: SiteOptions;
  cache: SettingsCache;
  repository: SettingsRepository;
  served: ServedLists;
  fallbacks: FallbackEntries;
  entries: EntriesService;
}

/** The settings of a site in the admin panel: what is set, and what it would change. */
export class SettingsService {
  constructor(private readonly options: SettingsServiceOptions) {}

  async find(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
  ): Promise<FindSettingsResponse['data']> {
    const { options, repository } = this.options;
    const setting = await repository.find(type.uid);
    const { settings, revision, history } = setting;
    const placed = settings.rules?.place?.map(({ documentId }) => documentId) ?? [];
    return {
      settings,
      mistake: mistakeIn(setting, type) ?? null,
      defaults: options.defaultsOf(type.uid),
      fixed: options.fixed(type.uid),
      hasWeightsFile: options.hasWeightsFile(type.uid),
      relations: await this.relations(permissions, type),
      placed: await this.titlesInAny(permissions, type, locale, placed),
      hasDates: type.date !== null,
      revision,
      history: [...history],
    };
  }

  /** The settings in force. */
  current({ uid }: RelatedType): SiteSettings {
    return this.options.cache.get(uid).settings;
  }

  /** @throws SettingsConflict when somebody else has changed them since that revision. */
  async save(type: RelatedType, settings: SiteSettings, by: SettingsChange): Promise<void> {
    const { cache, repository } = this.options;
    cache.take(await repository.save(type.uid, settings, by));
  }

  /** Returns what other settings would change. */
  async preview(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    { settings, documentIds }: { settings: SiteSettings; documentIds: readonly string[] },
  ): Promise<PreviewResponse['data']> {
    const { options, cache } = this.options;
    const visibility = await editorVisibility(permissions, type, locale);
    const { readsAllEntries, readsAllFields } = visibility;
    const access = new EditorDocuments(this.options.strapi, permissions, type);
    const asking = { type, locale, visibility, access };
    const { settings: saved } = cache.get(type.uid);
    const isTrusted = readsAllEntries && readsAllFields;
    // The effect of other rules, ages, weights and scores would reveal what this editor may not read.
    const asked = {
      ...settings,
      ...(!readsAllFields && scoringOf(saved)),
      ...(!isTrusted && { rules: saved.rules, maxAge: saved.maxAge }),
    };
    const [now, then] = [options.of(type.uid), options.with(type.uid, asked)];
    const lists: PreviewedList[] = [];
    const described = await this.titles(permissions, type, locale, documentIds);
    const inLocale = await this.readableIn(permissions, type, locale, documentIds);
    const readable = documentIds.filter(
      (id) => described[id]?.state === 'published' && inLocale.has(id),
    );
    const [before, after] = await this.both(asking, readable, [now, then]);
    const all = readable.flatMap((id) => [...(before.get(id) ?? []), ...(after.get(id) ?? [])]);
    const named = [...new Set(all.map(({ documentId }) => documentId))];
    const titles = await this.titles(permissions, type, locale, named);
    const shown = await this.readableIn(permissions, type, locale, named);
    for (const id of named) if (!shown.has(id)) titles[id] = { reference: id, title: null, state: 'masked' }; // prettier-ignore
    for (const documentId of readable) {
      const [was, will] = [before.get(documentId) ?? [], after.get(documentId) ?? []];
      const ids = [...new Set([...was, ...will].map((one) => one.documentId))];
      const rowOf = toRow(titles, ids);
      lists.push({
        documentId,
        title: described[documentId].title ?? '',
        before: was.map(rowOf),
        after: will.map(rowOf),
      });
    }
    return {
      lists,
      isPartial: !isTrusted,
      // Figures over all entries are only for editors who may read all of them.
      sample: readsAllEntries ? await this.sample(asking, [now, then]) : { made: 0, changed: 0 },
      quality: readsAllEntries ? await this.quality(type, locale, [now, then]) : null,
    };
  }

  /** Fits the weights to what editors pinned and picked. Nothing is changed. */
  async tune(type: RelatedType, locale: string | null): Promise<TuneResponse['data']> {
    const { engine, options, strapi } = this.options;
    const judgements = await pinnedOf({ strapi, type, locale, engine });
    const lists: JudgedList[] = [];
    const turns = new Turns(SHARE);
    for (const [id, judged] of judgements) {
      if (!isTunableEngine(engine)) break;
      await turns.give();
      const found = await engine.candidates(collectionOf(type, locale), id);
      if (found) lists.push(judgedList(id, found, judged, options.of(type.uid).ranking));
    }
    const telling = lists.filter(({ relevant }) => relevant.length > 0).length;
    if (telling < MIN_JUDGED) return { state: 'too few', judged: telling, needed: MIN_JUDGED };
    const { judged, before, after, gain, weights } = await runInSlices(tuneInSteps(lists));
    const parts = Object.fromEntries(
      PART_NAMES.map((part, at) => [part, Number(weights[at].toFixed(3))]),
    );
    return { state: 'fitted', judged, before, after, gain, parts };
  }

  /** The relations that group entries, with the names that the editor may read. */
  private async relations(
    permissions: EditorPermissions,
    type: RelatedType,
  ): Promise<FindSettingsResponse['data']['relations']> {
    const found: FindSettingsResponse['data']['relations'] = [];
    for (const { attribute, targets } of type.relations) {
      const names = new Set<string>();
      let hasMore = false;
      for (const { uid, label, draftAndPublish } of targets) {
        const mayRead = permissions.mayRead(uid) && label && permissions.mayReadAttribute(uid, label); // prettier-ignore
        if (!mayRead) continue;
        const asked = {
          filters: await permissions.filters(uid),
          fields: [label],
          sort: label,
          limit: MAX_NAMES,
          locale: '*',
          status: draftAndPublish ? 'published' : undefined,
        };
        // Project code may hide one of several types from an editor.
        const rows = await permissions.findMany(uid, asked).catch(ifRefused([]));
        for (const row of rows) names.add(textOf(row[label]));
        hasMore ||= rows.length === MAX_NAMES;
      }
      // Nobody would pick a longer name.
      const short = [...names].filter(({ length }) => length > 0 && length <= MAX_NAME);
      const offered = short.slice(0, MAX_NAMES);
      found.push({ attribute, names: offered, hasMore: hasMore || short.length > offered.length });
    }
    return found;
  }

  private async titles(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    ids: readonly string[],
  ): Promise<Record<string, PanelEntry>> {
    const source = sourceOf(type.uid, '', locale);
    const known = await this.options.entries.describe(permissions, source, ids);
    return Object.fromEntries(
      [...known].map(([reference, { title, state }]) => [reference, { reference, title, state }]),
    );
  }

  /** As `titles`; documents that are published in other locales only are described in one that the editor may read. */
  private async titlesInAny(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    ids: readonly string[],
  ): Promise<Record<string, PanelEntry>> {
    const titles = await this.titles(permissions, type, locale, ids);
    const isOpen = (id: string) => ['unpublished', 'masked'].includes(titles[id].state);
    const open = ids.filter(isOpen);
    if (!type.localized || open.length === 0) return titles;
    const query = rowsOf<{ documentId: string; locale: string }>(this.options.strapi, type.uid);
    const rows = await query.findMany({
      select: ['documentId', 'locale'],
      where: { documentId: { $in: open }, ...rowsIn(type, 'published') },
      orderBy: { locale: 'asc' },
    });
    for (const other of new Set(rows.map((row) => row.locale))) {
      const there = rows.filter((row) => row.locale === other).map(({ documentId }) => documentId);
      const found = await this.titles(permissions, type, other, there.filter(isOpen));
      for (const [id, entry] of Object.entries(found)) if (entry.title !== null) titles[id] = entry;
    }
    return titles;
  }

  /** Which entries the editor may read in this locale, and not just in some other one. */
  private readableIn(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    documentIds: readonly string[],
  ): Promise<Pick<ReadonlySet<string>, 'has'>> {
    const access = new EditorDocuments(this.options.strapi, permissions, type);
    return access.find([...documentIds], { locale, status: 'published' });
  }

  private async both(
    request: PreviewedRequest,
    ids: readonly string[],
    options: readonly TypeOptions[],
  ): Promise<Lists[]> {
    const made: Lists[] = [];
    for (const one of options) made.push(await previewed(this.options, request, ids, one));
    return made;
  }

  /** Counts how many lists of a sample would change: of the entries with the smallest hashes, the same each time. */
  private async sample(
    request: PreviewedRequest,
    options: readonly [TypeOptions, TypeOptions],
  ): Promise<PreviewResponse['data']['sample']> {
    const collection = collectionOf(request.type, request.locale);
    const all = [...(await this.options.engine.documentIds(collection))];
    const hashed = all.map((id) => ({ id, hash: hashText(id) }));
    hashed.sort((a, b) => a.hash - b.hash || (a.id < b.id ? -1 : 1));
    const ids = hashed.slice(0, SAMPLE).map(({ id }) => id);
    const [before, after] = await this.both(request, ids, options);
    const idsIn = (lists: Lists, id: string) => (lists.get(id) ?? []).map(({ documentId }) => documentId); // prettier-ignore
    const isChanged = (id: string) => idsIn(before, id).join() !== idsIn(after, id).join();
    return { made: ids.length, changed: ids.filter(isChanged).length };
  }

  /** Measures nDCG against editors' decisions, with lists that are made without these decisions. */
  private async quality(
    type: RelatedType,
    locale: string | null,
    options: readonly [TypeOptions, TypeOptions],
  ): Promise<PreviewResponse['data']['quality']> {
    const { engine, strapi } = this.options;
    const all = await pinnedOf({ strapi, type, locale, engine });
    if (all.size < LEAST_JUDGED) return null;
    const judgements = new Map([...all].slice(0, MAX_JUDGED));
    const turns = new Turns(SHARE);
    const means: number[] = [];
    for (const { ranking } of options) {
      const lists = new Map<string, string[]>();
      for (const documentId of judgements.keys()) {
        await turns.give();
        const query = { limit: CUTOFF, ignoresPicks: true, ranking };
        const [list] = await engine.related(collectionOf(type, locale), [{ documentId }], query);
        lists.set(
          documentId,
          (list ?? []).map((one) => one.documentId),
        );
      }
      means.push(evaluate(judgements, (id) => lists.get(id) ?? []).ndcg);
    }
    return { judged: judgements.size, before: means[0], after: means[1] };
  }
}

/** The settings that decide how close a match is and must be. */
const scoringOf = ({ minScore, diversity, weights, parts }: SiteSettings): SiteSettings => ({
  minScore,
  diversity,
  weights,
  parts,
});

/** Numbers the entries that the editor may not read: their documentIds would identify them elsewhere. */
function toRow(
  described: Record<string, PanelEntry>,
  ids: readonly string[],
): (suggestion: DocumentRef) => PreviewedRow {
  return ({ documentId }) => {
    const { title = null, state = 'deleted' } = described[documentId] ?? {};
    const isMasked = state === 'masked';
    return { reference: isMasked ? `masked:${ids.indexOf(documentId)}` : documentId, title, state };
  };
}
