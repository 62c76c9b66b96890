import { Command, Option } from 'commander';

import { describeChanges, KINDS, measureChanges, type Kind } from './changes';
import { readCorpus } from './corpus';
import { missingOpenSearch } from '../tests/opensearch/cluster';
import { describeEngines, measureEngines } from './engines';
import { describeGate, measureGate } from './gate';
import { describeHttp, measureHttp } from './http';
import { describePanel, measurePanel } from './panel';
import { plotQuality } from './plot';
import { describeQuality, measureQuality } from './quality';
import { describeReading, measureReading } from './reading';
import { describeSpeed, measureEngine, measureSpeed, ENGINES, type EngineName } from './speed';
import { describeStart, measureStart } from './start';
import { describeAppearances, measureAppearances } from './appearances';

const program = new Command('bench').description('Figures, never pass or fail');

const articles = () =>
  new Option('--articles <path>', 'articles as JSON Lines; again for another corpus')
    .makeOptionMandatory()
    .argParser<string[]>((path, before = []) => [...before, path]);
const related = () =>
  new Option('--related <path>', 'judgements for each --articles, in the same order')
    .makeOptionMandatory()
    .argParser<string[]>((path, before = []) => [...before, path]);
/** Returns the files of articles if each has a file of judgements. */
function pairsOf(options: { articles: string[]; related: string[] }): string[] {
  if (options.articles.length === options.related.length) return options.articles;
  return program.error('error: expected as many --related as --articles');
}
const print = (json: boolean | undefined, report: unknown, text: string) =>
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${text}\n\n`);

interface EnginesArguments {
  articles: string[];
  related?: string;
  size?: number;
  nodes: string;
  peers: boolean;
  json?: boolean;
}

const sizeOf = (size: string): number => wholeOf('--size', size);

function wholeOf(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  return program.error(`error: ${name}: expected a whole number such as 10000, got "${text}"`);
}

program
  .command('quality')
  .description('nDCG and its kin beside BM25, each signal’s worth, the cost of the approximation')
  .addOption(articles())
  .addOption(related())
  .option('--json', 'print JSON')
  .action(async (options: { articles: string[]; related: string[]; json?: boolean }) => {
    for (const [i, file] of pairsOf(options).entries()) {
      const report = await measureQuality(process.cwd(), file, options.related[i]);
      print(options.json, report, describeQuality(report));
    }
  });

program
  .command('gate')
  .description('Which judged pairs, own articles and foreign texts get a list, on each corpus')
  .addOption(articles())
  .addOption(related())
  .option('--json', 'print JSON')
  .action(async (options: { articles: string[]; related: string[]; json?: boolean }) => {
    const report = await measureGate(pairsOf(options), options.related);
    print(options.json, report, describeGate(report));
  });

program
  .command('plot')
  .description('Quality against cost as an SVG, from what quality --json printed')
  .requiredOption('--quality <path>', 'a report a line')
  .requiredOption('--out <path>', 'the SVG to write')
  .action(({ quality, out }: { quality: string; out: string }) => plotQuality(quality, out));

program
  .command('reading')
  .description(
    'Hostile and honest texts: the time to read them, the longest step, and a parser beside',
  )
  .option('--length <characters>', 'of the longest text', sizeOf, 1_000_000)
  .option('--json', 'print JSON')
  .action(({ length, json }: { length: number; json?: boolean }) => {
    const rows = measureReading(length);
    print(json, rows, describeReading(rows));
  });

program
  .command('speed')
  .description(
    'One list, one upsert, the build and the memory on generated articles of about 360 words',
  )
  .addOption(articles())
  .option('--size <numbers>', 'how many articles, separated by commas', '10000,100000')
  .option(
    '--engines <names>',
    `which, separated by commas: ${ENGINES.join(', ')}`,
    ENGINES.filter((name) => name !== 'churned').join(','),
  )
  .option(
    '--churn <times>',
    'how often every article is replaced before "churned" is measured',
    '10',
  )
  .option('--json', 'print JSON')
  .action(
    async (options: {
      articles: string[];
      size: string;
      churn: string;
      engines: string;
      json?: boolean;
    }) => {
      const engines = options.engines.split(',') as EngineName[];
      const unknown = engines.find((name) => !ENGINES.includes(name));
      if (unknown !== undefined) {
        program.error(`error: --engines: expected ${ENGINES.join(', ')}, got "${unknown}"`);
      }
      if (!/^\d+$/.test(options.churn)) {
        program.error(`error: --churn: expected a whole number such as 10, got "${options.churn}"`);
      }
      const sources = (await Promise.all(options.articles.map(readCorpus))).flat();
      for (const size of options.size.split(',').map(Number)) {
        if (!(Number.isInteger(size) && size > 0)) {
          program.error(
            `error: --size: expected whole numbers such as 10000, got "${options.size}"`,
          );
        }
        const rows = measureSpeed(process.cwd(), options.articles, sources, size, {
          engines,
          churn: Number(options.churn),
        });
        print(options.json, rows, describeSpeed(rows));
      }
    },
  );

program
  .command('speed-of', { hidden: true })
  .description('One engine, as JSON: what speed starts for each')
  .argument('<engine>')
  .addOption(articles())
  .requiredOption('--size <number>')
  .requiredOption('--churn <times>')
  .action(
    async (
      engine: Exclude<EngineName, 'lucene'>,
      options: { articles: string[]; size: string; churn: string },
    ) => {
      const sources = (await Promise.all(options.articles.map(readCorpus))).flat();
      const row = measureEngine(engine, sources, Number(options.size), Number(options.churn));
      print(true, row, '');
    },
  );

program
  .command('start')
  .description(
    'How long a start takes to index generated articles from SQLite, and how late the event loop is meanwhile',
  )
  .addOption(articles())
  .option('--size <number>', 'how many articles', '100000')
  .option('--json', 'print JSON')
  .action(async (options: { articles: string[]; size: string; json?: boolean }) => {
    const size = sizeOf(options.size);
    const sources = (await Promise.all(options.articles.map(readCorpus))).flat();
    const rows = await measureStart(process.cwd(), sources, size);
    print(options.json, rows, describeStart(rows));
    process.exit(0);
  });

program
  .command('panel')
  .description(
    'How long an editor waits for the list beside an article, in Chromium, with generated articles on SQLite',
  )
  .addOption(articles())
  .option('--size <number>', 'how many articles', '10000')
  .option('--json', 'print JSON')
  .action(async (options: { articles: string[]; size: string; json?: boolean }) => {
    const size = sizeOf(options.size);
    const sources = (await Promise.all(options.articles.map(readCorpus))).flat();
    const rows = await measurePanel(process.cwd(), sources, size);
    print(options.json, rows, describePanel(rows));
    process.exit(0);
  });

program
  .command('appearances')
  .description('How many of the lists in which an article stands the panel finds, and how quickly')
  .addOption(articles())
  .option('--json', 'print JSON')
  .action(async (options: { articles: string[]; json?: boolean }) => {
    for (const file of options.articles) {
      const report = await measureAppearances(file);
      print(options.json, report, describeAppearances(report));
    }
  });

program
  .command('changes')
  .description(
    'How many of the lists that edits change are named by related.changed, and how many too many',
  )
  .addOption(articles())
  .option('--edits <number>', 'how many, one after the other', '200')
  .addOption(
    new Option('--only <kind>', 'make edits of one kind alone').choices([...new Set(KINDS)]),
  )
  .option('--json', 'print JSON')
  .action(async (options: { articles: string[]; edits: string; only?: Kind; json?: boolean }) => {
    if (!/^[1-9]\d*$/.test(options.edits)) {
      program.error(`error: --edits: expected a whole number such as 200, got "${options.edits}"`);
    }
    for (const file of options.articles) {
      const report = await measureChanges(file, Number(options.edits), options.only);
      print(options.json, report, describeChanges(report));
    }
  });

program
  .command('engines')
  .description(
    'The embedded engine beside OpenSearch, and more_like_this; with Maven and a JDK 17. Each row is told as it is there',
  )
  .addOption(articles())
  .option('--related <path>', 'judgements of the articles')
  .option(
    '--size <number>',
    'in place of judgements: so many articles, generated from those',
    sizeOf,
  ) // prettier-ignore
  .option('--nodes <numbers>', 'how many nodes clusters have, separated by commas', '1,3')
  .option('--no-peers', 'leave out the embedded engine and more_like_this')
  .option('--json', 'print JSON')
  .action(async (options: EnginesArguments) => {
    const missing = missingOpenSearch();
    if (missing) program.error(`error: no cluster can be started: ${missing}`);
    const { related = null, size = 0, peers: hasPeers } = options;
    if ((related === null) === (size === 0)) program.error('error: expected either --related or --size'); // prettier-ignore
    const nodes = options.nodes.split(',').map((count) => wholeOf('--nodes', count));
    for (const file of options.articles) {
      const report = await measureEngines({ articles: file, related, size, nodes, hasPeers }, (row) => process.stderr.write(`${JSON.stringify(row)}\n`)); // prettier-ignore
      print(options.json, report, describeEngines(report));
    }
    process.exit(0);
  });

program
  .command('http')
  .description(
    'Requests a second beside the query by category, from this project on SQLite with the articles imported',
  )
  .requiredOption('--articles <path>', 'articles as JSON Lines')
  .option('--seconds <number>', 'how long each is asked', '10')
  .option('--only <text>', 'part of the names of the requests to make')
  .option('--json', 'print JSON')
  .action(
    async ({
      articles: file,
      seconds,
      only,
      json,
    }: {
      articles: string;
      seconds: string;
      only?: string;
      json?: boolean;
    }) => {
      if (!(Number(seconds) > 0)) {
        program.error(`error: --seconds: expected a number such as 10, got "${seconds}"`);
      }
      const rows = await measureHttp(process.cwd(), file, Number(seconds), only);
      print(json, rows, describeHttp(rows));
      process.exit(0);
    },
  );

void program.parseAsync();
