import type { PlacedEntry, SiteRules } from '../../../shared/settings';

/** One rule, as a sentence says it. */
export type Rule =
  | { kind: 'never'; relation: string; name: string }
  | { kind: 'same'; relation: string }
  | { kind: 'different'; relation: string }
  | { kind: 'atMost'; relation: string; count: number }
  | { kind: 'favour'; relation: string; name: string; factor: number }
  | { kind: 'halfLife'; days: number }
  | { kind: 'ignore'; relation: string }
  | ({
      kind: 'place';
      /** The title when it was chosen; not sent. */ title?: string;
    } & PlacedEntry);

export type RuleKind = Rule['kind'];

/** How much more or less an entry may count: the factor for each word. */
export const FACTORS = { muchMore: 2, more: 1.25, less: 0.8, muchLess: 0.5 } as const;

export function rulesIn(rules: SiteRules = {}): Rule[] {
  const { never = {}, same = [], different = [], atMost = {}, favour = {} } = rules;
  const { halfLife, ignore = [], place = [] } = rules;
  return [
    ...Object.entries(never).flatMap(([relation, names]) =>
      names.map((name): Rule => ({ kind: 'never', relation, name })),
    ),
    ...same.map((relation): Rule => ({ kind: 'same', relation })),
    ...different.map((relation): Rule => ({ kind: 'different', relation })),
    ...Object.entries(atMost).map(([relation, count]): Rule => ({
      kind: 'atMost',
      relation,
      count,
    })),
    ...Object.entries(favour).flatMap(([relation, factors]) =>
      Object.entries(factors).map(([name, factor]): Rule => ({
        kind: 'favour',
        relation,
        name,
        factor,
      })),
    ),
    ...(halfLife === undefined ? [] : [{ kind: 'halfLife', days: halfLife } as const]),
    ...ignore.map((relation): Rule => ({ kind: 'ignore', relation })),
    ...place.map((one): Rule => ({ kind: 'place', ...one })),
  ];
}

/** Converts rules to what the server stores; of two about the same thing, the later one counts. */
export function asRules(all: readonly Rule[]): SiteRules {
  const rules: Required<Omit<SiteRules, 'halfLife'>> & Pick<SiteRules, 'halfLife'> = {
    never: {},
    same: [],
    different: [],
    atMost: {},
    favour: {},
    ignore: [],
    place: [],
  };
  const add = (list: string[], one: string) => list.includes(one) || list.push(one);
  for (const rule of all) {
    if (rule.kind === 'never') add((rules.never[rule.relation] ??= []), rule.name);
    else if (rule.kind === 'atMost') rules.atMost[rule.relation] = rule.count;
    else if (rule.kind === 'favour') (rules.favour[rule.relation] ??= {})[rule.name] = rule.factor;
    else if (rule.kind === 'halfLife') rules.halfLife = rule.days;
    else if (rule.kind === 'place') {
      const { relation, name, documentId, until } = rule;
      const placed = { relation, name, documentId, ...(until && { until }) };
      const others = rules.place.filter((one) => !isSamePlace(one, placed));
      rules.place = [...others, placed];
    } else add(rules[rule.kind], rule.relation);
  }
  return rules;
}

const isSamePlace = (a: PlacedEntry, b: PlacedEntry) =>
  a.relation === b.relation && a.name === b.name && a.documentId === b.documentId;

/** Returns the id of a rule's sentence: `rule.<id>` in the translations. */
export function sentenceOf(rule: Rule): string {
  if (rule.kind === 'favour') return rule.factor >= 1 ? 'favour.more' : 'favour.less';
  return rule.kind;
}
