import type { IndexedDocument } from '../indexed-document';
import { DAY_MS, earliestDate } from '../signals/date';
import type { CollectionStatistics } from '../statistics';
import type { PlaceRule, RuleEffect, Rules } from '../engine';
import type { RankQuery } from './query';

/** The smallest factor for age: otherwise, one entry dated far in the future would make all other scores equal. */
const LEAST_FACTOR = 1e-6;

type Entries = IndexedDocument['taxonomy'];

const keysOf = (entries: Entries, relation: string): Set<number> =>
  new Set(entries.filter((entry) => entry.relation === relation).map(({ key }) => key));

/**
 * The rules without relations that the caller may not see: a list and its order would reveal who shares an entry. The
 * rule `never` applies to every caller.
 */
export function seenRules(
  rules: Rules | undefined,
  hiddenRelations: ReadonlySet<string> | undefined,
): Rules | undefined {
  if (!rules || !hiddenRelations || hiddenRelations.size === 0) return rules;
  const isSeen = (relation: string) => !hiddenRelations.has(relation);
  const seen = <T>(byRelation: Readonly<Record<string, T>> = {}) =>
    Object.fromEntries(Object.entries(byRelation).filter(([relation]) => isSeen(relation)));
  return {
    ...rules,
    same: rules.same.filter(isSeen),
    different: rules.different.filter(isSeen),
    atMost: seen(rules.atMost),
    favour: seen(rules.favour),
  };
}

/** Whether rules leave documents out by what these are related to. */
export const comparesRelations = (rules: Rules | undefined): boolean =>
  rules !== undefined &&
  rules.same.length + rules.different.length + Object.keys(rules.never).length > 0;

/** What rules know of a document. */
type Grouped = Pick<IndexedDocument, 'taxonomy'>;

/** Whether the rules of a site let a document be suggested to a source. */
export function allowedBy(
  rules: Rules | undefined,
  source: Grouped,
): (document: Grouped) => boolean {
  if (!rules) return () => true;
  const never = Object.entries(rules.never).map(([relation, names]) => [relation, new Set(names)] as const); // prettier-ignore
  const own = (relations: readonly string[]) =>
    relations
      .map((relation) => ({ relation, keys: keysOf(source.taxonomy, relation) }))
      // A source without an entry of the relation is not restricted.
      .filter(({ keys }) => keys.size > 0);
  const [same, different] = [own(rules.same), own(rules.different)];
  return ({ taxonomy }) => {
    const shares = ({ relation, keys }: { relation: string; keys: ReadonlySet<number> }) =>
      taxonomy.some((entry) => entry.relation === relation && keys.has(entry.key));
    const isNever = never.some(([relation, names]) =>
      taxonomy.some((entry) => entry.relation === relation && names.has(entry.label)),
    );
    return !isNever && same.every(shares) && !different.some(shares);
  };
}

/**
 * The documents that rules place first in the list of a source, without those that the query excludes. Entries that the
 * caller may not see place nothing.
 */
export function placedByRules(
  rules: readonly PlaceRule[],
  { id, taxonomy }: IndexedDocument,
  { exclude, ignoredRelations }: Pick<RankQuery, 'exclude' | 'ignoredRelations'>,
): string[] {
  const found = rules
    .filter(({ relation }) => !ignoredRelations?.has(relation))
    .filter(({ relation, name }) => hasEntry(taxonomy, relation, name))
    .map(({ documentId }) => documentId);
  return [...new Set(found)].filter((one) => one !== id && !exclude?.has(one));
}

const hasEntry = (entries: Entries, relation: string, name: string): boolean =>
  entries.some((entry) => entry.relation === relation && entry.label === name);

type Favouring = (document: IndexedDocument) => RuleEffect[];

/** Returns what rules do to a document's score, and by which factor; `null` if no rule changes scores. */
export function favouring(
  index: Pick<CollectionStatistics, 'dates'>,
  rules: Rules | undefined,
): Favouring | null {
  const favoured = Object.entries(rules?.favour ?? {}).flatMap(([relation, factors]) =>
    Object.entries(factors).map(([name, factor]) => ({ relation, name, factor })),
  );
  const newest = earliestDate(index, 0);
  const halfLife = rules?.halfLife;
  if (favoured.length === 0 && halfLife === undefined) return null;
  return ({ taxonomy, date }) => {
    const effects: RuleEffect[] = favoured
      .filter(({ relation, name }) => hasEntry(taxonomy, relation, name))
      .map((one) => ({ kind: 'favoured', ...one }));
    if (halfLife !== undefined && newest !== null && date !== null) {
      const factor = Math.max(LEAST_FACTOR, 0.5 ** ((newest - date) / DAY_MS / halfLife));
      effects.push({ kind: 'aged', factor });
    }
    return effects;
  };
}

/** The factor of all effects together. */
export const factorOf = (effects: readonly RuleEffect[]): number =>
  effects.reduce(
    (product, effect) => ('factor' in effect ? product * (effect.factor ?? 1) : product),
    1,
  );

/** Which rules place a document first in the list of a source. */
export function placingRules(
  rules: Rules | undefined,
  { taxonomy }: IndexedDocument,
  id: string,
): RuleEffect[] {
  return (rules?.place ?? [])
    .filter((rule) => rule.documentId === id && hasEntry(taxonomy, rule.relation, rule.name))
    .map(({ relation, name }) => ({ kind: 'placed', relation, name }));
}

/**
 * Leaves out documents that would share an entry with too many before them. It works on the whole list, so that pages
 * of any size are parts of one list.
 *
 * @param first The documents that have the first places already.
 * @param ordered Places in `documents`, best first.
 */
export function withinLimits(
  { atMost }: Pick<Rules, 'atMost'>,
  first: readonly IndexedDocument[],
  documents: readonly IndexedDocument[],
  ordered: readonly number[],
): number[] {
  const limits = Object.entries(atMost);
  if (limits.length === 0) return [...ordered];
  const counts = new Map<number, number>();
  const entriesOf = ({ taxonomy }: IndexedDocument, relation: string) => [...keysOf(taxonomy, relation)]; // prettier-ignore
  const count = (document: IndexedDocument) => {
    for (const [relation] of limits) {
      for (const key of entriesOf(document, relation)) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  };
  first.forEach(count);
  return ordered.filter((at) => {
    const document = documents[at];
    const fits = limits.every(([relation, most]) =>
      entriesOf(document, relation).every((key) => (counts.get(key) ?? 0) < most),
    );
    if (fits) count(document);
    return fits;
  });
}
