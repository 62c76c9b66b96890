import type Graph from 'graphology';
import forceAtlas2 from 'graphology-layout-forceatlas2';

import type { NodeAttributes } from './contentGraph';

const ROUNDS = 300;
/** A large map is good enough by then, in milliseconds. */
const MAX_MS = 8000;
/** How much of a frame it may take, in milliseconds: the page stays smooth meanwhile. */
const SLICE_MS = 10;

/**
 * Moves related entries near each other, a little with each frame (ForceAtlas2, Jacomy and others, 2014).
 *
 * @returns A function that stops it.
 */
export function layOut(graph: Graph<NodeAttributes>, onDone: () => void): () => void {
  const settings = {
    ...forceAtlas2.inferSettings(graph),
    barnesHutOptimize: graph.order > 300,
    // Keeps unconnected entries in sight.
    strongGravityMode: true,
    gravity: 0.05,
  };
  let round = 0;
  const last = performance.now() + MAX_MS;
  let frame = requestAnimationFrame(step);
  function step() {
    const end = performance.now() + SLICE_MS;
    do {
      forceAtlas2.assign(graph, { iterations: 1, settings });
      round += 1;
    } while (round < ROUNDS && performance.now() < end);
    if (round < ROUNDS && performance.now() < last) frame = requestAnimationFrame(step);
    else onDone();
  }
  return () => cancelAnimationFrame(frame);
}
