import type { FindMapResponse, MapNode } from '../../../../shared/contracts';
import type { RelatedType } from '../../config/resolve';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { detailsOf, groupOf } from '../panel/rows';
import { shownFields } from '../panel/shown-fields';
import type { EntryFacts } from './facts';
import type { OverviewService } from './overview';
import type { ReadableEntries } from './readable-entries';

/** How many entries a map shows: with more, nobody could tell them apart. */
const MAX_NODES = 2000;
/** How many of those may be orphans, which nothing suggests: editors look for them. */
const MAX_ORPHANS = 300;

export interface MapOptions {
  overview: OverviewService;
  entries: ReadableEntries;
}

/** Entries and their suggestions as a graph. */
export class MapService {
  constructor(private readonly options: MapOptions) {}

  async find(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
  ): Promise<FindMapResponse> {
    const { overview, entries } = this.options;
    const { facts, lists, visibility, state } = await overview.know(permissions, type, locale);
    if (!facts || !lists) return { data: { nodes: [], edges: [] }, meta: { ...state, total: 0 } };
    const chosen = choose(facts);
    const shown = await shownFields(permissions, type);
    const rows = await entries.read(permissions, type, locale, chosen, shown);
    // Name the group only if the editor sees it.
    const group = groupOf(type);
    const details = new Map(
      rows.map((row) => [row.documentId, detailsOf(type, row, visibility)] as const),
    );
    const nodes: MapNode[] = [];
    const places = new Map<string, number>();
    for (const documentId of chosen) {
      const known = details.get(documentId);
      const fact = facts.get(documentId);
      // Unpublished since the survey.
      if (!known || !fact) continue;
      places.set(documentId, nodes.length);
      const [name = null] = group ? known.groups : [];
      const { appearsOn, length } = fact;
      nodes.push({ documentId, title: known.title ?? '', group: name, appearsOn, length });
    }
    const edges: [number, number][] = [];
    for (const [documentId, from] of places) {
      for (const suggested of lists.get(documentId)?.documentIds ?? []) {
        const to = places.get(suggested);
        if (to !== undefined) edges.push([from, to]);
      }
    }
    return { data: { nodes, edges }, meta: { ...state, total: facts.size } };
  }
}

/** The entries that are suggested most, and some of those that nothing suggests. */
function choose(facts: ReadonlyMap<string, EntryFacts>): string[] {
  const sorted = [...facts].sort(
    ([a, one], [b, other]) => other.appearsOn - one.appearsOn || (a < b ? -1 : 1),
  );
  if (sorted.length <= MAX_NODES) return sorted.map(([id]) => id);
  const ids = (from: typeof sorted) => from.map(([id]) => id);
  const orphans = ids(sorted.filter(([, { appearsOn }]) => appearsOn === 0)).slice(0, MAX_ORPHANS);
  const others = ids(sorted.filter(([, { appearsOn }]) => appearsOn > 0));
  return [...others.slice(0, MAX_NODES - orphans.length), ...orphans];
}
