import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import { appOf, type App } from '../../app';
import { comparesPrivate, hasPrivateWords, type RelatedType } from '../../config/resolve';
import { askedOnce } from '../../permissions/asked-once';
import type { TypeAccess } from '../../permissions/caller-documents';
import type { Document, DocumentAccess } from '../../permissions/documents';
import { callerVisibility, type Visibility } from '../../permissions/visibility';
import type { FilledList } from '../../services/fallback';
import { hiddenDays } from '../../services/hidden-days';
import { reasonsForCaller } from '../../services/reasons-for-caller';
import { whenDue, type InTurn } from '../../services/rank-many';
import { searchTurnOf } from '../../services/search-turns';
import { sourcesAsGiven } from '../../services/sources-as-given';
import { wholeTexts } from '../../services/whole-texts';
import { FILTERED_CAP, type Page, type PageRequest, type Source } from '../../services/suggestions';
import { callerOf } from './caller';
import { callerQuery, mayFind, mayWrite, type AskedQuery } from './caller-query';
import { checkAnswer } from './answer-cost';
import { callerSource } from './caller-source';
import { Deadline } from './in-time';
import type { Window } from './pagination';
import type { CommonRequest } from './related-query';

/** The parameters of lists, whichever request asks for them. */
export type ListRequest =
  Pick<CommonRequest, 'locale' | 'exclude' | 'minScore' | 'maxAge' | 'fallback' | 'explain'> & // prettier-ignore
    AskedQuery & {
      window: Window;
      /** How many lists the answer has. */
      lists: number;
    };

interface CallerListsOptions {
  strapi: Core.Strapi;
  app: App;
  ctx: Context;
  type: RelatedType;
  request: ListRequest;
  /** Strapi's own part of the request, sanitized for the caller. */
  query: AskedQuery;
  visibility: Visibility;
  deadline: Deadline;
  /** Whether the caller could probe for words that they may not read; see `mayTryWords`. */
  mayTry: boolean;
}

/** How many hidden or cut entries lists for texts look through; each takes some milliseconds. */
const MAX_HIDDEN = 2000;
const NOTHING: Page = { documents: [], related: [], total: 0 };

/**
 * Whether the sender of a request could probe for words that they may not read: visitors or the sender may put words
 * into entries of a type, and project code may hide something from them, or private attributes are compared.
 */
export async function mayTryWords(
  strapi: Core.Strapi,
  ctx: Context,
  type: RelatedType,
): Promise<boolean> {
  const { accessTo, config, writers } = appOf(strapi);
  const hides = accessTo(type).mayHide(config.cache.middlewaresOnlyWrite);
  if (!hides && !comparesPrivate(type)) return false;
  return (await writers.areVisitors(type)) || mayWrite(strapi, ctx, type);
}

/** Makes the lists of one type for the sender of a request. */
export class CallerLists {
  /** The maximum age by locale: needed when lists are made, and again when they are filled. */
  private readonly ages = new Map<string | null, Promise<number | undefined>>();
  /**
   * Lets others have their turn.
   *
   * @throws when the request has taken too long to go on.
   */
  private readonly checkTime = async () => {
    const { strapi, type, deadline } = this.options;
    await searchTurnOf(strapi, type).give();
    await deadline.check();
  };

  private readonly inRankingTurn: InTurn = (work) => {
    const { ctx, deadline } = this.options;
    const check = () => deadline.checkNow();
    return whenDue(work, { caller: callerOf(ctx), check, timeLeft: deadline.left });
  };

  private constructor(private readonly options: CallerListsOptions) {}

  /** @throws ValidationError, and any error with which the type's own routes would refuse the caller. */
  static async open(
    strapi: Core.Strapi,
    ctx: Context,
    type: RelatedType,
    request: ListRequest,
    deadline: Deadline,
  ): Promise<CallerLists> {
    const app = appOf(strapi);
    const mayTry = await mayTryWords(strapi, ctx, type);
    const page = checkAnswer(app.config.limits, request, mayTry);
    // Filters run once for each list.
    const rows = { roots: FILTERED_CAP * request.lists, page };
    const query = await callerQuery(strapi, ctx, type.uid, request, rows);
    const access = app.accessTo(type);
    const may = (uid: string) => mayFind(strapi, ctx, uid);
    const visibility = await callerVisibility(type, may, access.givesAll);
    const lists = new CallerLists({ strapi, app, ctx, type, request, query, visibility, deadline, mayTry }); // prettier-ignore
    await lists.checkExcluded();
    return lists;
  }

  private get typeAccess(): TypeAccess {
    return this.options.app.accessTo(this.options.type);
  }

  private get mayHide(): boolean {
    return this.typeAccess.mayHide(this.options.app.config.cache.middlewaresOnlyWrite);
  }

  /** Whether a list may need many queries: each candidate is looked up for the caller, or with their filters. */
  private get takesTurns(): boolean {
    const { mayTry, query } = this.options;
    return mayTry || this.mayHide || query.filters !== undefined;
  }

  /** Whether lists for several entries may need queries for each: reasons are read for one source after the other. */
  private readsForEach({ length }: readonly Source[]): boolean {
    return this.takesTurns || (this.options.request.explain && length > 1);
  }

  private get access(): DocumentAccess {
    return this.typeAccess.of(this.options.ctx);
  }

  /** Finds the entry that the caller names, if they may read it. */
  async source(
    reference: string,
    locale: string | undefined,
    status: Source['status'],
  ): Promise<Source | null> {
    const { app, type, ctx } = this.options;
    return callerSource(app, ctx, type, reference, { locale, status });
  }

  /** Finds the entries that the caller names, if the type's own list gives them to the caller; `null` for others. */
  async sources(
    references: readonly string[],
    locale: string | undefined,
  ): Promise<(Source | null)[]> {
    const { type } = this.options;
    const language = type.localized ? (locale ?? (await this.options.app.suggestions.defaultLocale())) : null; // prettier-ignore
    const asked = { locale: language, status: 'published' as const };
    const { has } = await this.access.find(references, asked);
    const others = references.filter((reference) => !has(reference));
    const bySlug = await this.options.app.suggestions.bySlugs(type, others, language);
    const { has: hasNamed } = await this.access.find([...new Set([...bySlug.values()].flat())], asked); // prettier-ignore
    return references.map((reference) => {
      const id = has(reference) ? reference : bySlug.get(reference)?.find(hasNamed);
      return id === undefined ? null : { documentId: id, ...asked };
    });
  }

  /**
   * Refuses texts that could find words the caller may not read: names of related entries and private attributes also
   * count as words.
   *
   * @throws PolicyError (403) that says what is missing: the only refusal whose message Strapi passes on.
   */
  checkText(): void {
    const { type, visibility } = this.options;
    if (hasPrivateWords(type)) {
      throw new errors.PolicyError('Suggestions for texts are not available, because private attributes count as words'); // prettier-ignore
    }
    const hidden = type.relations
      .filter(({ targets }) => targets.some(({ label }) => label !== null))
      .map(({ attribute }) => attribute)
      .filter((name) => !visibility.visibleRelations.has(name));
    if (hidden.length === 0) return;
    throw new errors.PolicyError(`Suggestions for texts need the right to find what these relations lead to: ${hidden.join(', ')}`); // prettier-ignore
  }

  /** Returns the list of one source. */
  async page(source: Source): Promise<Page> {
    if (!this.options.mayTry) {
      const make = () => this.pageOf(source, this.access);
      return this.takesTurns ? this.inTurn(make) : make();
    }
    return this.triedPage((await this.asTexts([source]))[0]);
  }

  /** Returns the list for a text that the caller sent. Call `checkText` first. */
  async pageForText(source: Source): Promise<Page> {
    if (!this.typeAccess.givesAll) return this.triedPage(source);
    const make = () => this.pageOf(source, this.access);
    return this.takesTurns ? this.inTurn(make) : make();
  }

  private triedPage(source: Source): Promise<Page> {
    return this.inTurn(async () => {
      const { whole } = this;
      if (await this.hidesMuch(source.locale, whole)) return this.fill(source, NOTHING);
      return this.pageOf(source, whole, true);
    });
  }

  /** Runs the work in turn: such lists need hundreds of queries, and several at once would starve other requests. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { app, type, strapi, ctx, deadline } = this.options;
    const checked = async () => {
      deadline.checkNow();
      return work();
    };
    const longest = app.config.limits.requestTime;
    const timeLeft = deadline.left;
    return searchTurnOf(strapi, type).next(checked, { caller: callerOf(ctx), longest, timeLeft });
  }

  /** Returns the sources in the form in which they are ranked; `null` if no list can be made for them. */
  private async ranked(
    sources: readonly Source[],
    access: DocumentAccess,
  ): Promise<readonly Source[] | null> {
    if (!this.options.mayTry || sources.length === 0) return sources;
    return (await this.hidesMuch(sources[0].locale, access)) ? null : this.asTexts(sources);
  }

  /** The options for reading entries as the caller gets them. */
  private get given() {
    const { app, type, visibility } = this.options;
    return {
      type,
      access: this.access,
      reader: app.reader,
      visibleRelations: visibility.visibleRelations,
      checkTime: this.checkTime,
    };
  }

  /** Reduces sources to what the caller gets: their authors may have put words into them to probe for hidden texts. */
  private asTexts(sources: readonly Source[]): Promise<Source[]> {
    const { documents, config } = this.options.app;
    return sourcesAsGiven(sources, { ...this.given, documents, maxText: config.limits.textLength });
  }

  /** Access to the documents that the caller gets with everything by which a text could find them. */
  private get whole(): DocumentAccess {
    return wholeTexts({
      ...this.given,
      wholeness: this.options.app.wholeness,
      onCut: (documentId) => this.typeAccess.warnOfCut(documentId),
    });
  }

  /** Whether more entries of a type are hidden or cut than lists for texts can look through, whatever the text is. */
  private async hidesMuch(locale: string | null, whole: DocumentAccess): Promise<boolean> {
    const { app, type } = this.options;
    const { size, documentIds } = await app.samples.of(type, locale);
    if (size <= MAX_HIDDEN) return false;
    const { has } = await whole.find(documentIds, { locale, status: 'published' });
    const missing = documentIds.filter((id) => !has(id));
    const hidden = await app.samples.remaining(type, locale, missing);
    const looked = documentIds.length - missing.length + hidden.length;
    // A single hidden entry in the sample may be the only one of a large type.
    if (hidden.length < 2 || size * hidden.length <= MAX_HIDDEN * looked) return false;
    this.typeAccess.warnOfHidden(MAX_HIDDEN);
    return true;
  }

  /** @param isTried Whether the caller could probe for words that they may not read. */
  private async pageOf(source: Source, access: DocumentAccess, isTried = false): Promise<Page> {
    const page = await this.options.app.suggestions.find(this.options.type, source, {
      ...(await this.pageRequest(source.locale)),
      access,
      ...(isTried && { isGuarded: true, isTried }),
      checkTime: this.checkTime,
      readForReasons: reasonsForCaller(this.options.type, source, this.access, this.options.visibility.visibleRelations), // prettier-ignore
    });
    return this.fill(source, page);
  }

  private async fill(source: Source, page: Page): Promise<Page> {
    const [filled] = await this.filled([{ source, page }], false);
    return filled;
  }

  /**
   * Makes a list for each source; all sources have the same locale.
   *
   * @param onPage Gets entries as soon as they are read, each at least once; may throw to stop.
   */
  async pages(
    sources: readonly Source[],
    distinct: boolean,
    onPage?: (documents: readonly Document[]) => void,
  ): Promise<Page[]> {
    const made = await this.batchRequest(distinct, sources[0]?.locale ?? null);
    const request = { ...made, onPage };
    const { app, type } = this.options;
    const make = async () => {
      const ranked = await this.ranked(sources, request.access);
      return ranked && app.batch.lists(type, ranked, request);
    };
    const pages = await (this.readsForEach(sources) ? this.inTurn(make) : make());
    return this.filled(
      sources.map((source, at) => ({ source, page: pages?.[at] ?? NOTHING })),
      distinct,
    );
  }

  /** Makes one list for all sources; all sources have the same locale. */
  async together(sources: readonly Source[]): Promise<Page> {
    const { app, type, request: asked, mayTry } = this.options;
    // Each source is ranked as a text.
    if (mayTry) checkAnswer(app.config.limits, { ...asked, lists: sources.length }, mayTry);
    const request = await this.batchRequest(false, sources[0].locale);
    const make = async () => {
      const ranked = await this.ranked(sources, request.access);
      return ranked ? app.batch.together(type, ranked, request) : NOTHING;
    };
    const page = await (this.readsForEach(sources) ? this.inTurn(make) : make());
    const [filled] = await this.filled([{ source: sources[0], sources, page }], false);
    return filled;
  }

  private async pageRequest(locale: string | null): Promise<Omit<PageRequest, 'readForReasons'>> {
    const { access, mayHide } = this;
    const { request, type, query, visibility } = this.options;
    const { minScore, explain } = request;
    const maxAge = await this.maxAge(locale);
    return {
      query,
      ...request.window,
      related: { minScore, explain, ...(maxAge && { maxAge }), exclude: refsOf(type, request.exclude) }, // prettier-ignore
      visibility,
      access,
      isGuarded: mayHide,
      isOpen: !mayHide,
      inTurn: this.inRankingTurn,
    };
  }

  /** Returns the requested maximum age, counted from the newest entry that the caller may read. */
  private maxAge(locale: string | null): Promise<number | undefined> {
    const age = this.ages.get(locale) ?? this.findMaxAge(locale);
    this.ages.set(locale, age);
    return age;
  }

  private async findMaxAge(locale: string | null): Promise<number | undefined> {
    const { app, request, type, strapi } = this.options;
    const { maxAge = app.options.of(type.uid).maxAge } = request;
    if (maxAge === undefined || this.typeAccess.givesAll) return maxAge;
    return maxAge + (await hiddenDays(strapi, type, locale, this.access));
  }

  private async batchRequest(distinct: boolean, locale: string | null) {
    const { access } = this;
    const { type, visibility, mayTry } = this.options;
    return {
      ...(await this.pageRequest(locale)),
      access: mayTry ? this.whole : askedOnce(access),
      ...(mayTry && { isGuarded: true, isTried: true }),
      distinct,
      readForReasons: (source: Source) =>
        reasonsForCaller(type, source, access, visibility.visibleRelations),
      caller: callerOf(this.options.ctx),
      checkTime: this.checkTime,
      isLate: () => this.options.deadline.isOver,
      timeLeft: () => this.options.deadline.left,
    };
  }

  private async filled(lists: FilledList[], distinct: boolean): Promise<Page[]> {
    const { options, fallbacks } = this.options.app;
    const access = askedOnce(this.access);
    const { request, type, query, visibility } = this.options;
    return fallbacks.fill(type, lists, {
      kind: request.fallback ?? options.of(type.uid).fallback,
      maxAge: await this.maxAge(lists[0]?.source.locale ?? null),
      exclude: refsOf(type, request.exclude),
      checkTime: this.checkTime,
      query,
      ...request.window,
      access,
      visibility,
      isGuarded: this.mayHide,
      distinct,
      ...((lists.length > 1 || this.takesTurns) && { inTurn: (work) => this.inTurn(work) }),
    });
  }

  /** Rejects an excluded id that does not exist, just like one that the caller may not read. */
  private async checkExcluded(): Promise<void> {
    const { exclude, locale } = this.options.request;
    if (exclude.length === 0) return;
    const asked = { locale: locale || null, status: 'published' as const };
    const { has } = await this.access.find(exclude, asked);
    const missing = exclude.find((id) => !has(id));
    if (missing === undefined) return;
    throw new errors.ValidationError(
      `exclude: expected documentIds of published entries, got "${missing}"`,
    );
  }
}

const refsOf = ({ uid }: RelatedType, documentIds: readonly string[]) =>
  documentIds.map((documentId) => ({ uid, documentId }));
