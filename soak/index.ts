import { execFileSync } from 'node:child_process';
import { Command } from 'commander';

import { KINDS, startDatabase, type Kind } from '../tests/helpers/databases';
import { table } from '../bench/table';
import { measureCluster } from './cluster';
import { measureInstances } from './instances';
import { measureKills } from './kills';
import { measureLoad } from './load';
import { bundleInstance } from './processes';

// npm run soak -- <name>: the long runs whose figures are in docs/reliability.md.

const program = new Command('npm run soak --').description(
  'Long runs of what npm test does shortly; each prints its seed, and fails when the index is not right',
);

const seed = () => ['--seed <number>', 'where the random choices begin', '20261125'] as const;
const on = () => ['--database <kinds>', KINDS.join(', '), KINDS.join(',')] as const;
const say = (text: string) => process.stderr.write(`${text}\n`);

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  return program.error(`error: --${name}: expected a whole number from 1, got "${text}"`);
}

function kindsOf(text: string): Kind[] {
  const kinds = text.split(',');
  const unknown = kinds.find((kind) => !(KINDS as readonly string[]).includes(kind));
  if (unknown === undefined) return kinds as Kind[];
  return program.error(`error: --database: expected ${KINDS.join(', ')}, got "${unknown}"`);
}

async function onEach<Result extends object>(
  databases: string,
  measure: (kind: Kind) => Promise<Result>,
): Promise<void> {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  bundleInstance();
  const rows: Result[] = [];
  for (const kind of kindsOf(databases)) {
    const started = performance.now();
    const result = await measure(kind);
    const seconds = Math.round((performance.now() - started) / 1000);
    rows.push({ ...result, seconds, commit });
    say(JSON.stringify(rows[rows.length - 1]));
  }
  const shown = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'number' ? Math.round(value * 10) / 10 : value,
      ]),
    ),
  );
  process.stdout.write(`${table(shown)}\n`);
}

interface Pace {
  seconds: number;
  rate: number;
  articles: number;
  seed: number;
}

/** A command that requests and publishes at a steady pace. */
const atPace =
  <Result extends object>(measure: (kind: Kind, pace: Pace, tell: typeof say) => Promise<Result>) =>
  (options: Record<keyof Pace | 'database', string>) =>
    onEach(options.database, (kind) =>
      measure(
        kind,
        {
          seconds: whole('seconds', options.seconds),
          rate: whole('rate', options.rate),
          articles: whole('articles', options.articles),
          seed: whole('seed', options.seed),
        },
        say,
      ),
    );

program
  .command('kills')
  .description(
    'kill -9 in the middle of mixed writes; after each start the index must equal a new one',
  )
  .option('--kills <number>', 'how often', '50')
  .option('--writes <number>', 'writes of each life, somewhere among which it ends', '2000')
  .option(...seed())
  .option(...on())
  .action(async (options: Record<'kills' | 'writes' | 'seed' | 'database', string>) => {
    await onEach(options.database, async (kind) => {
      const database = await startDatabase(kind);
      try {
        return await measureKills(
          database,
          {
            kills: whole('kills', options.kills),
            writes: whole('writes', options.writes),
            seed: whole('seed', options.seed),
          },
          say,
        );
      } finally {
        await database.remove();
      }
    });
  });

program
  .command('instances')
  .description('Several processes on one database: how soon what one writes shows on the others')
  .option('--instances <number>', 'how many', '3')
  .option('--rounds <number>', 'publications and withdrawals', '200')
  .option('--hold <seconds>', 'how long a transaction stays open', '180')
  .option('--pause <seconds>', 'how long an instance stands still', '60')
  .option(...seed())
  .option('--database <kinds>', 'postgres, mariadb', 'postgres,mariadb')
  .action(
    async (
      options: Record<'instances' | 'rounds' | 'hold' | 'pause' | 'seed' | 'database', string>,
    ) => {
      await onEach(options.database, (kind) =>
        measureInstances(
          kind,
          {
            instances: whole('instances', options.instances),
            rounds: whole('rounds', options.rounds),
            holdSeconds: whole('hold', options.hold),
            pauseSeconds: whole('pause', options.pause),
            seed: whole('seed', options.seed),
          },
          say,
        ),
      );
    },
  );

program
  .command('load')
  .description(
    'Requests and publications at a steady pace, with all articles read again in the middle',
  )
  .option('--seconds <number>', 'how long', '600')
  .option('--rate <number>', 'requests a second', '200')
  .option('--articles <number>', 'how many there are', '10000')
  .option(...seed())
  .option('--database <kinds>', KINDS.join(', '), 'sqlite')
  .action(atPace(measureLoad));

program
  .command('cluster')
  .description(
    'Two instances that share an index in a search cluster, of which one node is killed under requests and publications',
  )
  .option('--seconds <number>', 'how long', '600')
  .option('--rate <number>', 'requests a second', '50')
  .option('--articles <number>', 'how many there are', '5000')
  .option(...seed())
  .option('--database <kinds>', 'postgres, mariadb', 'postgres')
  .action(atPace(measureCluster));

program.parseAsync().then(
  () => process.exit(0),
  (error: Error) => {
    say(`error: ${error.message}`);
    process.exit(1);
  },
);
