import type { IndexedDocument } from '../indexed-document';
import { DAY_MS, earliestDate } from '../signals/date';
import type { CollectionStatistics } from '../statistics';
import type { PlaceRule, RuleEffect, Rules, SharedEntry } from '../engine';
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

/** What the rule `atMost` limits about a document: the entries that it may share with only so many others. */
export const limitsOf = ({ atMost }: Pick<Rules, 'atMost'>, { taxonomy }: Grouped): SharedEntry[] =>
  Object.entries(atMost).flatMap(([relation, most]) =>
    [...keysOf(taxonomy, relation)].map((entry) => ({ entry, most })),
  );

/**
 * Leaves out what would share an entry with too many before it. It works on the whole list, so that pages of any size
 * are parts of one list.
 *
 * @param first What has the first places already.
 * @param ordered What is left, best first.
 */
export function withinLimits<T>(
  first: readonly T[],
  ordered: readonly T[],
  limits: (one: T) => readonly SharedEntry[],
): T[] {
  const counts = new Map<number, number>();
  const count = (shared: readonly SharedEntry[]) => {
    for (const { entry } of shared) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  };
  for (const one of first) count(limits(one));
  return ordered.filter((one) => {
    const shared = limits(one);
    const fits = shared.every(({ entry, most }) => (counts.get(entry) ?? 0) < most);
    if (fits) count(shared);
    return fits;
  });
}
