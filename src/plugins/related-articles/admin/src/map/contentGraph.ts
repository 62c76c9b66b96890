import Graph from 'graphology';
import louvain from 'graphology-communities-louvain';

import type { FindMapResponse, MapNode } from '../../../shared/contracts';

/** Colours that differ in both themes, even with most kinds of colour blindness: Okabe and Ito, 2008, and two more. */
export const COLOURS = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#8C6BB1', '#A6761D']; // prettier-ignore
export const OTHER = '#8E8EA9';
/** For entries that are never suggested: they must stand out. */
export const ORPHAN = '#D02B20';

/** How many entries an island has at most: a group that is connected to nothing else. */
const ISLAND = 3;
const NAMED_BY = 3;
/** Shorter words say little. */
const MIN_WORD = 4;

export interface NodeAttributes {
  x: number;
  y: number;
  size: number;
  color: string;
  label: string;
  node: MapNode;
}

export interface Cluster {
  name: string;
  nodes: MapNode[];
}

export interface ContentGraph {
  graph: Graph<NodeAttributes>;
  /** Groups by their colours, the largest first. */
  legend: { group: string; color: string }[];
  hasOthers: boolean;
  /** Groups of closely connected entries, the largest first. */
  clusters: Cluster[];
  islands: MapNode[][];
}

/** Makes a graph from the server's answer. The same answer gives the same graph. */
export function contentGraph({ nodes, edges }: FindMapResponse['data']): ContentGraph {
  const legend = legendOf(nodes);
  const colors = new Map(legend.map(({ group, color }) => [group, color]));
  const graph = new Graph<NodeAttributes>({ type: 'undirected' });
  nodes.forEach((node, at) => {
    // Along a spiral: the layout needs initial places, all of them different.
    const angle = at * 2.399963;
    const radius = Math.sqrt(at + 1);
    graph.addNode(String(at), {
      x: radius * Math.cos(angle),
      y: radius * Math.sin(angle),
      size: sizeOf(node, nodes.length),
      color: colorOf(node, colors),
      label: node.title,
      node,
    });
  });
  for (const [from, to] of edges) if (from !== to) graph.mergeEdge(String(from), String(to));
  const islands = islandsOf(graph);
  return {
    graph,
    legend,
    hasOthers: nodes.some(({ group }) => group === null || !colors.has(group)),
    clusters: clustersOf(graph),
    islands,
  };
}

/** Returns a size in pixels: smaller if there are many nodes. */
function sizeOf({ appearsOn }: MapNode, count: number): number {
  const least = Math.min(5, Math.max(1.5, 30 / Math.sqrt(count)));
  return least * Math.min(4, 1 + 0.4 * Math.sqrt(appearsOn === 0 ? 1 : appearsOn));
}

function colorOf({ group, appearsOn }: MapNode, colors: ReadonlyMap<string, string>): string {
  if (appearsOn === 0) return ORPHAN;
  return (group !== null && colors.get(group)) || OTHER;
}

function legendOf(nodes: readonly MapNode[]): ContentGraph['legend'] {
  const counts = new Map<string, number>();
  for (const { group } of nodes) if (group) counts.set(group, (counts.get(group) ?? 0) + 1);
  const sorted = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return sorted.slice(0, COLOURS.length).map(([group], at) => ({ group, color: COLOURS[at] }));
}

/** Finds clusters by modularity (Blondel and others, 2008), without chance. */
function clustersOf(graph: Graph<NodeAttributes>): Cluster[] {
  if (graph.size === 0) return [];
  let seed = 1;
  const rng = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const communities = louvain(graph, { rng });
  const members = new Map<number, MapNode[]>();
  graph.forEachNode((key, { node }) => {
    const known = members.get(communities[key]);
    if (known) known.push(node);
    else members.set(communities[key], [node]);
  });
  const clusters = [...members.values()].filter((nodes) => nodes.length > ISLAND);
  const words = wordCounts(clusters.flat());
  return clusters
    .sort((a, b) => b.length - a.length)
    .map((nodes) => ({ nodes, name: nameOf(nodes, words, clusters.flat().length) }));
}

const wordsIn = ({ title }: MapNode): Set<string> =>
  new Set((title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => word.length >= MIN_WORD)); // prettier-ignore

function wordCounts(nodes: readonly MapNode[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    for (const word of wordsIn(node)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Names a cluster after the words that are frequent in its titles and rare elsewhere. */
function nameOf(
  nodes: readonly MapNode[],
  all: ReadonlyMap<string, number>,
  total: number,
): string {
  const own = wordCounts(nodes);
  const weight = (word: string, count: number) => count * Math.log(total / (all.get(word) ?? 1));
  const words = [...own]
    .filter(([, count]) => count > 1)
    .sort(([a, one], [b, other]) => weight(b, other) - weight(a, one) || (a < b ? -1 : 1))
    .slice(0, NAMED_BY)
    .map(([word]) => word);
  return words.join(', ') || nodes[0].title;
}

/** Small groups that no path connects with the rest. */
function islandsOf(graph: Graph<NodeAttributes>): MapNode[][] {
  const seen = new Set<string>();
  const islands: MapNode[][] = [];
  graph.forEachNode((start) => {
    if (seen.has(start)) return;
    seen.add(start);
    const group = [start];
    for (const key of group) {
      graph.forEachNeighbor(key, (next) => {
        if (seen.has(next)) return;
        seen.add(next);
        group.push(next);
      });
    }
    if (group.length <= ISLAND && group.length < graph.order) {
      islands.push(group.map((key) => graph.getNodeAttribute(key, 'node')));
    }
  });
  return islands;
}
