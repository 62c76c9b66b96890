import type { CollectionStatistics } from '../statistics';
import type { IndexedDocument } from '../indexed-document';
import { compareDates, earliestDate } from '../signals/date';
import { compareLinks, type LinkComparison } from '../signals/links';
import { compareCustom } from '../signals/custom';
import { compareTaxonomy } from '../signals/taxonomy';
import { TextComparison } from '../signals/text';
import { compareTitles, titleTerms } from '../signals/title';
import { NO_ENTRY, type CustomSignal, type Explanation, type RankingOptions, type RuleEffect, type Rules } from '../engine'; // prettier-ignore
import { diversify, isEnoughFor } from './diversity';
import { withoutCopies } from './duplicates';
import { explain } from './explanation';
import {
  bestOf,
  evidenceOf,
  gateFor,
  neededEvidence,
  FIXED_GATE,
  scoreOf,
  type Gate,
} from './gate';
import { statisticsOver } from './local-rarity';
import { neighbourhood } from './neighbourhood';
import { completed, placedFirst, type RankedDocument, type RankQuery } from './query';
import { allowedBy, comparesRelations, factorOf, favouring, placingRules, limitsOf, seenRules, withinLimits } from './rules'; // prettier-ignore
import { ScoredCandidates } from './scored';

/** A collection whose documents can be ranked. */
export interface RankableCollection extends CollectionStatistics {
  /** The documents that are compared with a source in full, in no order. */
  candidates(
    source: IndexedDocument,
    links: LinkComparison,
    text: TextComparison,
    query: RankQuery,
  ): IndexedDocument[];
}

/**
 * The list for one source: candidates by their words, links and taxonomy, each compared by every signal, fused, cut by
 * the gate, ordered, diversified. A pure function of the index's content.
 *
 * @param onGap Called with each gap that decided the list: the lead of each place, as a share of the best score, and
 *   how close to the gate each document came that could be in the list.
 */
export function rank(
  index: RankableCollection,
  source: IndexedDocument,
  options: RankingOptions,
  gateOfSite: Gate,
  asked: RankQuery,
  onGap?: (gap: number) => void,
): RankedDocument[] {
  const gate = asked.localRarity ? FIXED_GATE : gateOfSite;
  const query = completed(options, source, asked);
  const scored = scoreCandidates(index, source, options, gate, query);
  const { statistics, candidates, kept, links, text } = scored;
  const { documents, evidence, fused } = candidates;
  kept.sort(
    (a, b) => fused[b] - fused[a] || index.compareSlots(documents[a].slot, documents[b].slot),
  );
  const { unseen } = query;
  const isSeen = (at: number) => !unseen?.has(documents[at].id);
  const pinned = placesOf(placedFirst(source, query), documents).filter(isSeen);
  const byQuery = new Set(query.pinned);
  const byRule = new Set(query.placed);
  const limit = Math.max(0, (query.limit ?? Infinity) - pinned.length);
  const places =
    query.diversifyTop === undefined ? undefined : Math.max(0, query.diversifyTop - pinned.length);
  const { diversity } = options;
  const rules = seenRules(options.rules, query.hiddenRelations);
  // Limits may hold back any number of documents, so all of them must be available.
  const limits = query.ignoresLimits ? undefined : rules;
  const isLimited = Object.keys(limits?.atMost ?? {}).length > 0;
  const wanted = isLimited ? Infinity : limit;
  const enough = isEnoughFor(wanted, diversity, candidates);
  const first = pinned.map((at) => documents[at]);
  const distinct = withoutCopies([source, ...first], documents, kept.filter(isSeen), enough);
  const diverse = diversify(statistics, candidates, distinct.kept, diversity, wanted, places ?? limit, onGap); // prettier-ignore
  const limitsAt = (at: number) => (rules ? limitsOf(rules, documents[at]) : []);
  const suggested = isLimited ? withinLimits(pinned, diverse, limitsAt) : diverse;
  if (onGap) gateGaps(scored, suggested, links, onGap);
  const copiesOf = (at: number) => distinct.copies.get(documents[at])?.map(({ id }) => id);
  const picks = new Set(query.ignoresPicks ? [] : source.picked);
  const placeOf = ({ id }: IndexedDocument) => {
    if (byQuery.has(id)) return { pinned: true };
    if (picks.has(id)) return { pinned: false, picked: true as const };
    return { pinned: false, ...(byRule.has(id) && { placed: true as const }) };
  };
  const effectsOf = favouring(index, rules);
  const rulesFor = (document: IndexedDocument, isFirst: boolean) => [
    ...(isFirst ? placingRules(options.rules, source, document.id) : []),
    ...(effectsOf?.(document) ?? []),
  ];
  return [...pinned, ...suggested].slice(0, query.limit).map((at, place) => ({
    id: documents[at].id,
    ...(place < pinned.length ? placeOf(documents[at]) : { pinned: false }),
    score: scoreOf(evidence[at], gate),
    fusedScore: fused[at],
    ...(distinct.copies.has(documents[at]) && { copies: copiesOf(at) }),
    ...(query.tellsLimits && { limits: limitsAt(at) }),
    ...(query.explain && {
      explanation: withRules(
        explain(source, candidates, at, { options, text, links }),
        asked,
        rulesFor(documents[at], place < pinned.length && byRule.has(documents[at].id)),
      ),
    }),
  }));
}

/** Adds rules to an explanation, except those about relations that the caller may not see. */
function withRules(
  explanation: Explanation,
  { ignoredRelations }: RankQuery,
  rules: readonly RuleEffect[],
): Explanation {
  const told = rules.filter(
    (rule) => !('relation' in rule) || !ignoredRelations?.has(rule.relation),
  );
  return told.length > 0 ? { ...explanation, rules: told } : explanation;
}

/** Reports how close to the gate the candidates came whose scores are good enough for the list. */
function gateGaps(
  { candidates: { documents, evidence, fused }, needed }: ReturnType<typeof scoreCandidates>,
  suggested: readonly number[],
  links: LinkComparison,
  onGap: (gap: number) => void,
): void {
  if (!Number.isFinite(needed)) return;
  const last = fused[suggested[suggested.length - 1]] ?? -Infinity;
  for (let at = 0; at < documents.length; at += 1) {
    if (fused[at] < last || links.direct(documents[at])) continue;
    onGap(Math.abs(evidence[at] / needed - 1));
  }
}

/** The places of these ids among the documents, in the order of the ids. */
function placesOf(ids: readonly string[], documents: readonly IndexedDocument[]): number[] {
  if (ids.length === 0) return [];
  const places = new Map(documents.map(({ id }, at) => [id, at]));
  return ids.map((id) => places.get(id)).filter((at) => at !== undefined);
}

/** Every candidate of a source with all its scores, and which of them are good enough to be suggested. */
export function scoreCandidates(
  index: RankableCollection,
  source: IndexedDocument,
  options: RankingOptions,
  gate: Gate,
  query: RankQuery,
): {
  /** What the candidates were compared by. */
  statistics: CollectionStatistics;
  candidates: ScoredCandidates;
  kept: number[];
  /** The evidence that each of them needed. */
  needed: number;
  links: LinkComparison;
  text: TextComparison;
} {
  const minScore = query.minScore ?? options.minScore;
  const coarse = new TextComparison(index, source, titleTerms(index, source));
  const rules = seenRules(options.rules, query.hiddenRelations);
  const isTooOld = olderThan(index, query.maxAge);
  const isAllowed = allowedBy(rules, source);
  const isPossible = (document: IndexedDocument) =>
    !query.exclude?.has(document.id) && !isTooOld(document) && isAllowed(document);
  // Documents left out of an entry's list are still compared, so that the others do not change. For a text, they count
  // as absent: its sender could otherwise find out about documents that nobody is shown.
  const forgets = query.forgetsLeftOut ?? source.id === NO_ENTRY;
  const first = new Set(placedFirst(source, query));
  const isLeftOut = (document: IndexedDocument) =>
    (query.uncounted?.has(document.id) ?? false) ||
    (forgets && !first.has(document.id) && !isPossible(document));
  // Called for each document that shares a word, so only set where there may be some.
  const excludes =
    Boolean(query.exclude?.size) || query.maxAge !== undefined || rules !== undefined;
  const leavesOut = Boolean(query.uncounted?.size) || (forgets && excludes);
  // Rules apply only to documents that are compared: they do not depend on the query.
  const isGone = ({ id, date }: IndexedDocument) =>
    (query.uncounted?.has(id) ?? false) ||
    (forgets && ((query.exclude?.has(id) ?? false) || isTooOld({ date })));
  const linked = compareLinks(index, source, leavesOut ? isGone : undefined);
  const found = index.candidates(
    source,
    linked,
    coarse,
    leavesOut
      ? { ...query, isLeftOut, forgetsLeftOut: forgets, readsLeftOut: forgets && comparesRelations(rules) } // prettier-ignore
      : query,
  );
  const candidates = new ScoredCandidates(
    leavesOut ? found.filter((document) => !isLeftOut(document)) : found,
  );
  const { documents, evidence } = candidates;
  const statistics = query.localRarity ? statisticsOver(index, source, documents) : index;
  const [text, links] = query.localRarity
    ? [new TextComparison(statistics, source, titleTerms(statistics, source)), compareLinks(statistics, source)] // prettier-ignore
    : [coarse, linked];
  score(statistics, source, candidates, { options: seenOf(options, query), rules, links, text });

  const counted = forgets ? evidence.filter((_, at) => isPossible(documents[at])) : evidence;
  const needed = neededEvidence(index, gateFor(source, gate), minScore, bestOf(index, counted));
  const kept: number[] = [];
  for (let at = 0; at < documents.length; at += 1) {
    if (first.has(documents[at].id) || !isPossible(documents[at])) continue;
    if (evidence[at] >= needed || links.direct(documents[at])) kept.push(at);
  }
  return { statistics, candidates, kept, needed, links, text };
}

/** Whether a document is more than `days` days older than the newest one. */
function olderThan(
  index: RankableCollection,
  days: number | undefined,
): (document: Pick<IndexedDocument, 'date'>) => boolean {
  const earliest = earliestDate(index, days);
  return ({ date }) => earliest !== null && date !== null && date < earliest;
}

/**
 * How good the best matches of a document are, as evidence, which the gate is based on. Anything that only affects the
 * order of a list is ignored.
 */
export function bestEvidence(
  index: RankableCollection,
  source: IndexedDocument,
  options: RankingOptions,
): number {
  const links = compareLinks(index, source);
  const text = new TextComparison(index, source, { words: [], bigrams: [] });
  const taxonomy = compareTaxonomy(index, source, options.relations);
  const evidence = Float64Array.from(
    index.candidates(source, links, text, { ignoresPicks: true }),
    (document) => {
      text.compare(document);
      return evidenceOf(text.evidence, taxonomy(document));
    },
  );
  return bestOf(index, evidence).mean;
}

/** The options without the relations that the query ignores. */
function seenOf(options: RankingOptions, { ignoredRelations }: RankQuery): RankingOptions {
  if (!ignoredRelations || ignoredRelations.size === 0) return options;
  const seen = Object.entries(options.relations).filter(([name]) => !ignoredRelations.has(name));
  return { ...options, relations: Object.fromEntries(seen) };
}

interface Comparisons {
  rules: Rules | undefined;
  options: RankingOptions;
  links: LinkComparison;
  text: TextComparison;
}

function score(
  index: CollectionStatistics,
  source: IndexedDocument,
  candidates: ScoredCandidates,
  { options, rules, links, text }: Comparisons,
): void {
  const { documents, parts, evidence } = candidates;
  const titles = compareTitles(index, source, text);
  const taxonomy = compareTaxonomy(index, source, options.relations);
  const dates = compareDates(index, source);
  for (let at = 0; at < documents.length; at += 1) {
    const document = documents[at];
    text.compare(document);
    parts.cosine[at] = text.cosine;
    titles(document, at, parts);
    parts.taxonomy[at] = taxonomy(document);
    parts.date[at] = dates(document.slot);
    links.compare(document, at, parts);
    evidence[at] = evidenceOf(text.evidence, parts.taxonomy[at]);
  }
  candidates.normalise();
  neighbourhood(index, candidates);
  candidates.fuse(options);
  addCustom(candidates, source, options.custom ?? []);
  applyFactors(candidates, index, rules);
}

/** Applies the factors of rules. Favoured documents move up, whether their scores are positive or negative. */
function applyFactors(
  { documents, fused }: ScoredCandidates,
  index: CollectionStatistics,
  rules: Rules | undefined,
): void {
  const effectsOf = favouring(index, rules);
  if (!effectsOf) return;
  for (let at = 0; at < documents.length; at += 1) {
    const factor = factorOf(effectsOf(documents[at]));
    fused[at] = fused[at] > 0 ? fused[at] * factor : fused[at] / factor;
  }
}

function addCustom(
  { documents, fused, custom }: ScoredCandidates,
  source: IndexedDocument,
  signals: readonly CustomSignal[],
): void {
  for (const signal of signals) {
    const scores = compareCustom(signal, source, documents);
    const added = Float64Array.from(documents, (_, at) =>
      scores ? scores[at] * signal.weight : 0,
    );
    custom.push(added);
    for (let at = 0; at < added.length; at += 1) fused[at] += added[at];
  }
}
