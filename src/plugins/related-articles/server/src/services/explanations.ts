import { createHash } from 'node:crypto';

import type { RelatedType } from '../config/resolve';
import { runInSlices, type Steps } from '../engine/steps';
import type { Explanation, LinkEvidence, RuleEffect } from '../engine/engine';
import { entriesOf, textOf, type Entity } from '../content/entity';
import { readVisible } from '../content/mapper';
import type { RowReader } from '../content/row-reader';
import type { Visibility } from '../permissions/visibility';
import type { Analyzers } from './analyzers';
import { givenValues, type IsGiven } from './compared-values';
import type { InTurn } from './rank-many';
import { WordCache, type VisibleWords } from './word-cache';

const SHOWN_TERMS = 8;
/** How many characters of each text are searched for reasons: the strongest words have long occurred by then. */
const MAX_EXPLAINED = 100_000;

/**
 * Reads the documents that reasons are given for, as far as the reader may read them, by documentId. The source is
 * under `SOURCE`. The reader may not read a document that is missing.
 */
export type ReadForReasons = (
  documentIds: readonly string[],
) => Promise<ReadonlyMap<string, Entity>>;

/** The key of the source among the documents of `ReadForReasons`. */
export const SOURCE = '';

/**
 * Limits explanations to what the reader could read anyway: words and links that are in the documents as the reader
 * gets them, and related entries that both documents show.
 */
export class Explanations {
  private readonly words = new WordCache();
  /** Reads in progress, shared by concurrent requests. */
  private readonly reading = new Map<string, Promise<VisibleWords>>();

  constructor(
    private readonly analyzers: Analyzers,
    private readonly reader: Pick<RowReader, 'valuesOf'>,
  ) {}

  /** A function that narrows the explanations of a page's suggestions. */
  async narrowing(
    type: RelatedType,
    locale: string | null,
    documentIds: readonly string[],
    read: ReadForReasons,
    visibility: Visibility,
    inTurn: InTurn = (work) => work(),
  ): Promise<(id: string, explanation: Explanation) => Explanation> {
    const { mayRead, visibleRelations } = visibility;
    const documents = await read(documentIds);
    const shown = new Map<string, VisibleWords>();
    for (const [id, document] of documents) {
      const entity = { ...document, locale };
      const key = keyOf(type, entity, mayRead);
      const words = this.words.get(key) ?? (await inTurn(() => this.wordsOf(key, type, entity, mayRead))); // prettier-ignore
      shown.set(id, words);
    }
    const isGiven: IsGiven = readsAll(visibility)
      ? () => true
      : await givenValues(this.reader, type, locale, [...documents.values()]);
    const source = documents.get(SOURCE);
    const sourceWords = shown.get(SOURCE);
    return (id, explanation) => {
      const document = documents.get(id);
      const words = shown.get(id);
      const { rules = [], ...reasons } = explanation;
      if (!source || !sourceWords || !document || !words)
        return withoutReasons(type, reasons, visibility);
      const toldRules = rules.filter((rule) =>
        mayTell(rule, type, { source, document, visibility, isGiven }),
      );
      const taxonomy = sharedNames(explanation.taxonomy, source, document, type, visibleRelations);
      const links = visibleLinks(
        explanation.links,
        type,
        [source, sourceWords],
        [document, words],
        readsAll(visibility),
      );
      const told = { taxonomy, links, isGiven: (names: readonly string[]) => isGiven(source, names) && isGiven(document, names) }; // prettier-ignore
      return {
        ...reasons,
        signals: shownSignals(type, reasons.signals, told, visibility),
        ...(toldRules.length > 0 && { rules: toldRules.map(withoutDates) }),
        terms: sharedTerms(explanation.terms, sourceWords, words),
        taxonomy,
        links,
      };
    };
  }

  private async wordsOf(
    key: string,
    type: RelatedType,
    document: LocalEntity,
    mayRead: Visibility['mayRead'],
  ): Promise<VisibleWords> {
    const known = this.words.get(key) ?? this.reading.get(key);
    if (known) return known;
    const words = runInSlices(this.readWords(type, document, mayRead));
    this.reading.set(key, words);
    try {
      this.words.set(key, await words);
      return await words;
    } finally {
      this.reading.delete(key);
    }
  }

  private *readWords(
    type: RelatedType,
    document: LocalEntity,
    mayRead: Visibility['mayRead'],
  ): Steps<VisibleWords> {
    const { text, links } = yield* readVisible(type, document, mayRead, MAX_EXPLAINED);
    const surfaces = yield* this.analyzers.of(type, document.locale).surfacesInSteps(text);
    return { surfaces, links: new Set(links) };
  }
}

type LocalEntity = Entity & { locale: string | null };

/** Returns a key that is equal for documents with the same visible words. */
function keyOf(type: RelatedType, document: LocalEntity, mayRead: Visibility['mayRead']): string {
  const attributes = [type.title, ...type.text.map(({ attribute }) => attribute)];
  const values = attributes.filter(mayRead).map((name) => [name, document[name]]);
  // Relative links depend on the document they are in.
  const place = [type.uid, document.locale, document.documentId, type.slug && document[type.slug]];
  return createHash('sha1')
    .update(JSON.stringify([place, values]))
    .digest('base64');
}

interface TellingRules {
  source: Entity;
  document: Entity;
  visibility: Visibility;
  isGiven: IsGiven;
}

/** Drops the factor of `aged`: it would reveal the date of the newest entry, which the reader may not know. */
const withoutDates = (rule: RuleEffect): RuleEffect =>
  rule.kind === 'aged' ? { kind: 'aged' } : rule;

/**
 * Tells whether to name a rule: only if the reader sees the entry or the date that it depends on. Readers who may not
 * have all entries see `aged` on the newest entry, too: otherwise they would learn whether a newer one exists.
 */
function mayTell(
  rule: RuleEffect,
  { relations, date, datePrivate }: RelatedType,
  { source, document, visibility, isGiven }: TellingRules,
): boolean {
  const { visibleRelations, mayRead, readsAllEntries, seesPrivate } = visibility;
  if (rule.kind === 'aged') {
    const isDateShown = date !== null && mayRead(date) && (seesPrivate || !datePrivate) && isGiven(document, [date]); // prettier-ignore
    return isDateShown && !(readsAllEntries && rule.factor === 1);
  }
  const { relation, name, kind } = rule;
  const targets = relations.find(({ attribute }) => attribute === relation)?.targets ?? [];
  const entries = entriesOf((kind === 'placed' ? source : document)[relation]);
  return (
    visibleRelations.has(relation) &&
    entries.some((entry) => targets.some(({ label }) => label && textOf(entry[label]) === name))
  );
}

/** What is shown of two documents in addition to the shares of the signals. */
interface Told extends Pick<Explanation, 'taxonomy' | 'links'> {
  /** Whether the reader gets these attributes of both documents as they are stored. */
  isGiven(attributes: readonly string[]): boolean;
}

/** Drops shares of what is not shown: such a share, or a sum below 1, would reveal that something is there. */
function shownSignals(
  type: RelatedType,
  signals: Explanation['signals'],
  { taxonomy, links, isGiven }: Told,
  visibility: Visibility,
): Explanation['signals'] {
  const { seesPrivate } = visibility;
  const { toSuggestion, fromSuggestion, cocited, coupled } = links;
  const isLinked = toSuggestion || fromSuggestion || cocited > 0 || coupled > 0;
  const isNamed = Object.keys(taxonomy).length > 0;
  const isPrivate = !seesPrivate && type.relations.some((relation) => relation.private);
  const isDateShown = (seesPrivate || !type.datePrivate) && isGiven(type.date === null ? [] : [type.date]); // prettier-ignore
  const custom = type.signals.filter((signal) => (signal.private && !seesPrivate) || !isGiven(signal.attributes)); // prettier-ignore
  const shown = {
    ...signals,
    ...(!isNamed && (isPrivate || !readsAll(visibility)) && { taxonomy: 0 }),
    ...(!isLinked && !readsAll(visibility) && { links: 0 }),
    ...(!isDateShown && { date: 0 }),
    ...Object.fromEntries(custom.map(({ name }) => [name, 0])),
  };
  return rounded(ofOne(shown));
}

/** Whether nothing is hidden from the reader, neither entries nor parts of them. */
const readsAll = ({ readsAllEntries, mayBeCut }: Visibility): boolean =>
  readsAllEntries && !mayBeCut;

/** Scales the shares that are shown, so that they sum to 1. */
function ofOne(signals: Explanation['signals']): Explanation['signals'] {
  const sum = Object.values(signals).reduce((all, share) => all + share, 0);
  if (sum === 0) return signals;
  return Object.fromEntries(
    Object.entries(signals).map(([name, share]) => [name, share / sum]),
  ) as Explanation['signals'];
}

/** Rounds to four digits: the last ones reveal in which order words were summed, and so which a hidden entry has. */
const rounded = (signals: Explanation['signals']): Explanation['signals'] =>
  Object.fromEntries(
    Object.entries(signals).map(([name, share]) => [name, Math.round(share * 10_000) / 10_000]),
  ) as Explanation['signals'];

function withoutReasons(
  type: RelatedType,
  explanation: Explanation,
  visibility: Visibility,
): Explanation {
  const links = { toSuggestion: false, fromSuggestion: false, cocited: 0, coupled: 0 };
  const told = { taxonomy: {}, links };
  const signals = shownSignals(type, explanation.signals, { ...told, isGiven: () => false }, { ...visibility, readsAllEntries: false }); // prettier-ignore
  return { ...explanation, signals, terms: [], ...told };
}

function sharedTerms(
  terms: readonly string[],
  { surfaces: here }: VisibleWords,
  { surfaces: there }: VisibleWords,
): string[] {
  return terms
    .filter((term) => here.has(term) && there.has(term))
    .map((term) => plainer(here.get(term), there.get(term)))
    .slice(0, SHOWN_TERMS);
}

/** The names of related entries that both documents show to the reader. */
function sharedNames(
  taxonomy: Explanation['taxonomy'],
  source: Entity,
  document: Entity,
  { relations }: RelatedType,
  visible: ReadonlySet<string>,
): Explanation['taxonomy'] {
  const names: Explanation['taxonomy'] = {};
  for (const { attribute, targets } of relations) {
    if (!visible.has(attribute) || !taxonomy[attribute]) continue;
    const labels = targets.map(({ label }) => label).filter((label) => label !== null);
    const [here, there] = [source, document].map((entity) => entriesOf(entity[attribute]));
    const ids = new Set(here.map(({ documentId }) => documentId));
    const shared = there.filter(({ documentId }) => ids.has(documentId));
    const sharedIds = new Set(shared.map(({ documentId }) => documentId));
    // The documents may name the same entry in different locales.
    const shownNames = new Set(
      [...here, ...shared]
        .filter(({ documentId }) => sharedIds.has(documentId))
        .flatMap((entry) => labels.map((label) => textOf(entry[label]))),
    );
    const told = taxonomy[attribute].filter((name) => name !== '' && shownNames.has(name));
    if (told.length > 0) names[attribute] = told;
  }
  return names;
}

type Shown = [document: Entity, words: VisibleWords];

function visibleLinks(
  links: LinkEvidence,
  type: RelatedType,
  [source, here]: Shown,
  [document, there]: Shown,
  isAllRead: boolean,
): LinkEvidence {
  const leadTo = ({ links: targets }: VisibleWords, { documentId, ...rest }: Entity) =>
    targets.has(documentId) || (type.slug !== null && targets.has(textOf(rest[type.slug])));
  const shared = [...here.links].filter((target) => there.links.has(target)).length;
  return {
    toSuggestion: links.toSuggestion && leadTo(here, document),
    fromSuggestion: links.fromSuggestion && leadTo(there, source),
    cocited: isAllRead && !type.text.some((text) => text.private) ? links.cocited : 0,
    coupled: Math.min(links.coupled, shared),
  };
}

/** Prefers the spelling without a capital, which may only mark the start of a sentence. */
function plainer(here = '', there = here): string {
  return here[0]?.toLowerCase() === here[0] ? here : there;
}
