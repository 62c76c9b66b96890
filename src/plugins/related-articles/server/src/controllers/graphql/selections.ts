import { errors } from '@strapi/utils';

/** The part of GraphQL's syntax tree that says which fields are asked for. */
interface Selection {
  kind: string;
  name?: { value: string };
  alias?: { value: string };
  selectionSet?: { selections: readonly Selection[] };
}

/** What a query selects from a list. */
export interface Selected {
  fieldNodes: readonly Selection[];
  fragments: Readonly<Record<string, Selection>>;
}

/** Selected fields below others, by name and then by response name (the alias, if there is one). */
type Fields = Map<string, Map<string, Selection[]>>;
/** How often the answer has each attribute: of an entry, and of its metadata (`edge`). */
interface Times {
  entry: ReadonlyMap<string, number>;
  edge: ReadonlyMap<string, number>;
}

/** The most fields and fragments that are visited for one list. */
const MAX_SELECTIONS = 20_000;
const known = new WeakMap<Selected['fieldNodes'], Times>();

/**
 * Returns how often the answer has each attribute of a list's entries: directly in a list of entries, or below `nodes`
 * and `edges` of a connection, once for each name that the query gives it. Metadata in `edges`, such as `explanation`,
 * counts once for each name below it.
 *
 * @throws ValidationError (400) if the query has too many fields to count.
 */
export function timesOf(selected: Selected): Record<keyof Times, (attribute: string) => number> {
  const times = known.get(selected.fieldNodes) ?? count(selected);
  known.set(selected.fieldNodes, times);
  return {
    entry: (attribute) => times.entry.get(attribute) ?? 0,
    edge: (attribute) => times.edge.get(attribute) ?? 0,
  };
}

function count({ fieldNodes, fragments }: Selected): Times {
  let met = 0;
  const fieldsBelow = (nodes: readonly Selection[]): Fields => {
    const fields: Fields = new Map();
    // Visit each fragment once: fragments may spread each other many times.
    const parents = new Set(nodes);
    for (const { selectionSet } of parents) {
      for (const one of selectionSet?.selections ?? []) {
        met += 1;
        if (met > MAX_SELECTIONS) throw new errors.ValidationError(`related: expected a query with at most ${MAX_SELECTIONS} fields below it`); // prettier-ignore
        const name = one.name?.value ?? '';
        if (one.kind !== 'Field') {
          parents.add(one.kind === 'FragmentSpread' ? fragments[name] : one);
          continue;
        }
        const answered = fields.get(name) ?? new Map<string, Selection[]>();
        const key = one.alias?.value ?? name;
        const same = answered.get(key) ?? [];
        same.push(one);
        fields.set(name, answered.set(key, same));
      }
    }
    return fields;
  };
  const answeredAs = (fields: Fields, name: string) => [...(fields.get(name)?.values() ?? [])];
  /** Counts the innermost names below fields, at any depth. */
  const leaves = (nodes: readonly Selection[]): number => {
    const answered = [...fieldsBelow(nodes).values()].flatMap((fields) => [...fields.values()]);
    return answered.length === 0 ? 1 : answered.reduce((sum, one) => sum + leaves(one), 0);
  };
  const top = fieldsBelow(fieldNodes);
  const edges = answeredAs(top, 'edges').map(fieldsBelow);
  const nodes = [
    ...answeredAs(top, 'nodes'),
    ...edges.flatMap((fields) => answeredAs(fields, 'node')),
  ];
  const entry = new Map<string, number>();
  for (const fields of [top, ...nodes.map(fieldsBelow)]) {
    for (const [name, { size }] of fields) entry.set(name, (entry.get(name) ?? 0) + size);
  }
  const edge = new Map<string, number>();
  for (const [name, answered] of edges.flatMap((fields) => [...fields])) {
    if (name === 'node') continue;
    const below = [...answered.values()].reduce((sum, one) => sum + leaves(one), 0);
    edge.set(name, (edge.get(name) ?? 0) + below);
  }
  return { entry, edge };
}
