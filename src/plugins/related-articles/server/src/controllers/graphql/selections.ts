import { errors } from '@strapi/utils';

/** The part of GraphQL's syntax tree that says which fields are asked for. */
interface Selection {
  kind: string;
  name?: { value: string };
  alias?: { value: string };
  selectionSet?: { selections: readonly Selection[] };
}

/** What a query asks for of a list. */
export interface Selected {
  fieldNodes: readonly Selection[];
  fragments: Readonly<Record<string, Selection>>;
}

/** Fields below some, by name and by the name under which they are answered. */
type Fields = Map<string, Map<string, Selection[]>>;
/** How often each attribute is in the answer: of an entry, and of what is told beside it. */
interface Times {
  entry: ReadonlyMap<string, number>;
  edge: ReadonlyMap<string, number>;
}

/** More fields and fragments are gone through for no list. */
const MAX_SELECTIONS = 20_000;
const known = new WeakMap<Selected['fieldNodes'], Times>();

/**
 * How often each attribute of the entries of a list is answered: as an attribute of a list of entries, or below the
 * `nodes` and the `edges` of a connection, each under as many names as the query gives it. Of what `edges` tell beside an
 * entry, such as `explanation`, each name below counts.
 *
 * @throws ValidationError (400) where the query names too many fields to tell.
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
    // Each fragment once: they may spread each other many times over.
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
        fields.set(name, answered.set(key, [...(answered.get(key) ?? []), one]));
      }
    }
    return fields;
  };
  const answeredAs = (fields: Fields, name: string) => [...(fields.get(name)?.values() ?? [])];
  /** How many names there are below fields, as far down as they go. */
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
