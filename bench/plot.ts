import fs from 'node:fs';
import path from 'node:path';
import type { TopLevelSpec } from 'vega-lite';

import type { QualityReport } from './quality';

interface Point {
  corpus: string;
  name: string;
  ms: number;
  ndcg: number;
  /** How many candidates are compared; 0 for engines other than this plugin. */
  compared: number;
}

/** What the plot shows in addition to the curve, by the beginning of its name in the report. */
const PEERS = ['BM25', 'MiniSearch', 'SQLite FTS5', 'Lucene MoreLikeThis, tuned'];

/** Plots quality against cost as an SVG, from the output of `quality --json`: one report per line. */
export async function plotQuality(reports: string, out: string): Promise<void> {
  const lines = fs.readFileSync(reports, 'utf8').trim().split('\n');
  const all = lines.map((line) => JSON.parse(line) as QualityReport);
  // Loaded here because only this command needs them, and they are ES modules.
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const svg = await new View(parse(compile(specOf(all)).spec), { renderer: 'none' }).toSVG();
  fs.writeFileSync(out, svg);
}

function specOf(reports: readonly QualityReport[]): TopLevelSpec {
  const curve: Point[] = [];
  const peers: Point[] = [];
  for (const { corpus: file, articles, curve: points, rows } of reports) {
    const corpus = `${path.basename(file).split('.')[0]}, ${articles.toLocaleString('en')} articles`;
    for (const { compared, ndcg, medianMs } of points) {
      const first = compared === points[0].compared;
      const name = first ? `this plugin, ${compared} to ${points.at(-1)?.compared} compared` : '';
      curve.push({ corpus, name, ms: medianMs, ndcg, compared });
    }
    for (const { ranking, ndcg, medianMs } of rows) {
      const name = PEERS.find((peer) => ranking.startsWith(peer));
      if (name) peers.push({ corpus, name, ms: medianMs, ndcg, compared: 0 });
    }
  }
  const x = {
    field: 'ms',
    type: 'quantitative',
    scale: { type: 'log', nice: false, padding: 80 },
    axis: { title: 'one list, median ms (log)', format: '~g', tickCount: 4 },
  } as const;
  const y = {
    field: 'ndcg',
    type: 'quantitative',
    scale: { zero: false },
    axis: { title: 'nDCG@10', format: '.2f' },
  } as const;
  const label = { align: 'left', dx: 8, fontSize: 10 } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    data: { values: [...curve, ...peers] },
    facet: { field: 'corpus', type: 'nominal', title: null },
    columns: 2,
    spec: {
      width: 320,
      height: 240,
      layer: [
        {
          transform: [{ filter: 'datum.compared > 0' }],
          mark: { type: 'line', point: true, color: '#4945ff' },
          encoding: { x, y, order: { field: 'compared' } },
        },
        {
          transform: [{ filter: 'datum.compared > 0' }],
          mark: { type: 'text', ...label, dy: 14, color: '#4945ff' },
          encoding: { x, y, text: { field: 'name' } },
        },
        {
          transform: [{ filter: 'datum.compared === 0' }],
          mark: { type: 'point', filled: true, size: 60, color: '#666687' },
          encoding: { x, y },
        },
        {
          transform: [{ filter: 'datum.compared === 0' }],
          mark: { type: 'text', ...label, color: '#666687' },
          encoding: { x, y, text: { field: 'name' } },
        },
      ],
    },
    resolve: { scale: { x: 'independent', y: 'independent' } },
  };
}
