import type {
  FindSuggestionsRequest,
  RelationDelta,
  RelationEntry,
  WatchedAttributes,
} from '../../../shared/contracts';

type Values = Record<string, unknown>;
type Changes = Pick<FindSuggestionsRequest, 'values' | 'relations'>;

/** Returns the unsaved changes of the watched attributes. */
export function changesIn(
  { values: names, relations }: WatchedAttributes,
  values: Values,
  saved: Values,
): Changes {
  const changed = names.filter(
    (name) => JSON.stringify(values[name]) !== JSON.stringify(saved[name]),
  );
  const deltas = relations
    .map((name) => [name, deltaOf(values[name])] as const)
    .filter(([, { connect, disconnect }]) => connect.length + disconnect.length > 0);
  return {
    ...(changed.length > 0 && {
      values: Object.fromEntries(changed.map((name) => [name, values[name] ?? null])),
    }),
    ...(deltas.length > 0 && { relations: Object.fromEntries(deltas) }),
  };
}

/** Reads a relation: the content manager keeps what was connected and disconnected since the last save. */
function deltaOf(value: unknown): RelationDelta {
  const { connect, disconnect } = (value ?? {}) as { connect?: unknown; disconnect?: unknown };
  return { connect: entriesOf(connect), disconnect: entriesOf(disconnect) };
}

function entriesOf(value: unknown): RelationEntry[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: { documentId?: string; apiData?: { documentId?: string } }) => {
    const documentId = entry.apiData?.documentId ?? entry.documentId;
    return documentId ? [{ documentId }] : [];
  });
}

/** Whether no attribute that lists depend on is filled in. */
export const isBlank = ({ values: names }: WatchedAttributes, values: Values): boolean =>
  names.every((name) => {
    const value = values[name];
    return value === undefined || value === null || value === '' || isEmptyList(value);
  });

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
