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
/** How often each attribute of an entry is in the answer. */
type Times = ReadonlyMap<string, number>;

/** More fields and fragments are gone through for no list. */
const MAX_SELECTIONS = 20_000;
const known = new WeakMap<Selected['fieldNodes'], Times>();

/**
 * How often each attribute of the entries of a list is answered: as an attribute of a list of entries, or below the
 * `nodes` and the `edges` of a connection, each under as many names as the query gives it.
 *
 * @throws ValidationError (400) where the query names too many fields to tell.
 */
export function timesOf(selected: Selected): (attribute: string) => number {
  const times = known.get(selected.fieldNodes) ?? count(selected);
  known.set(selected.fieldNodes, times);
  return (attribute) => times.get(attribute) ?? 0;
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
  const top = fieldsBelow(fieldNodes);
  const nodes = [
    ...answeredAs(top, 'nodes'),
    ...answeredAs(top, 'edges').flatMap((edges) => answeredAs(fieldsBelow(edges), 'node')),
  ];
  const times = new Map<string, number>();
  for (const fields of [top, ...nodes.map(fieldsBelow)]) {
    for (const [name, { size }] of fields) times.set(name, (times.get(name) ?? 0) + size);
  }
  return times;
}
