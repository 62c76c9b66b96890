import { Command, CommanderError, Option } from 'commander';

import { isLocked } from '../content/statement-limits';
import { withoutStatement } from '../content/without-statement';
import { ConfigurationError } from '../config/validate';
import { WEIGHTS_FILE } from '../config/weights-file';
import { exportCurations, importCurations } from './curations';
import { moveCurations } from './moved-curations';
import { CliError, printable, wholeNumber } from './errors';
import { evaluateRanking } from './evaluate';
import { importFile } from './import';
import { initProject } from './init';
import { isGone } from './races';
import { rankFile } from './rank';
import { printStatus } from './status';
import { tuneWeights } from './tune';
import { uninstall } from './uninstall';
import { addWebhook } from './webhook';

/** The command line: `related-articles <command>`. Exits 0, or 1 with the reason on stderr. */
export async function run(argv: string[]): Promise<void> {
  // The reader of the output, such as `head`, wants no more of it.
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.stderr.write(`error: The output cannot be written: ${message}\n`);
    process.exit(1);
  });
  try {
    await createProgram().parseAsync(argv);
    // Write errors are reported a moment later, to the listener above.
    await new Promise((resolve) => process.stdout.write('', resolve));
    process.exit(0);
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode);
    process.stderr.write(`error: ${printable(reasonOf(error))}\n`);
    process.exit(1);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CliError || error instanceof ConfigurationError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (isLocked(error)) return 'Another process has locked the database. Run the command again in a moment.'; // prettier-ignore
  if (!isGone(error)) return traceOf(error);
  return `The database cannot be reached: ${withoutStatement(error)}. Run the command again when the database is back.`;
}

/** What failed and where; not the statement, which may hold a secret that was given to the command. */
function traceOf(error: Error): string {
  const frames = String(error.stack).split('\n').filter((line) => /^\s+at /.test(line)); // prettier-ignore
  return [`${error.name}: ${withoutStatement(error)}`, ...frames].join('\n');
}

const weightsFile = () =>
  new Option(
    '--weights <path>',
    `weights that tune wrote; default: ${WEIGHTS_FILE} of the current folder, where there is one`,
  );
const noWeights = () =>
  new Option('--no-weights', 'use the default weights, even if others are applied');

const fromCuration = () =>
  new Option(
    '--from <source>',
    'curation: what editors pinned in the project of the current folder, in place of --related',
  );

function createProgram(): Command {
  const program = new Command('related-articles')
    .description('Related articles for Strapi')
    .showHelpAfterError('(use --help to see commands and options)')
    .exitOverride();

  program
    .command('init')
    .description(
      "Propose a configuration from the project's content types, with the reason for each guess, and write it to config/plugins if you confirm.",
    )
    .option('--yes', 'write it without asking')
    .action(initProject);

  program
    .command('import')
    .description(
      'Import articles into the project in the current folder, by slug and locale. Existing articles are updated; running it again creates no duplicates. The type needs a slug.',
    )
    .requiredOption(
      '--file <path>',
      'JSON Lines: slug, title, excerpt, body, category, tags, publishedAt, locale',
    )
    .option('--type <uid>', 'content type; default: the first configured one')
    .option('--locale <code>', 'put every article into this locale, whatever its line says')
    .option(
      '--publish',
      'publish the articles, and new categories and tags; without this option they are drafts',
    )
    .option('--overwrite', 'also overwrite changes that an editor has not published yet')
    .action(importFile);

  program
    .command('rank')
    .description(
      'Write the related articles of every article of a file, without Strapi or a database.',
    )
    .requiredOption('--articles <path>', 'the articles, as for import')
    .requiredOption('--out <path>', 'where to write lines of {"slug", "related", "scores"}')
    .option(
      '--limit <number>',
      'how many per article, 1 to 100',
      wholeNumber('--limit', 1, 100),
      10,
    )
    .addOption(weightsFile())
    .addOption(noWeights())
    .action(rankFile);

  program
    .command('evaluate')
    .description(
      'Compare the ranking with judgements: nDCG, recall, MRR, precision at 10, coverage.',
    )
    .option(
      '--articles <path>',
      'the articles, as for import; default: those published in the project of the current folder',
    )
    .option('--related <path>', 'JSON Lines: {"slug", "related": [slug, ...]}')
    .addOption(fromCuration())
    .option('--type <uid>', 'content type of the project; default: the first configured one')
    .option('--locale <code>', "locale of the project's articles; default: the project's own")
    .addOption(weightsFile())
    .addOption(noWeights())
    .option('--json', 'print JSON')
    .action(evaluateRanking);

  program
    .command('tune')
    .description(
      'Fit the weights of the ranking to judgements, and show the gain on articles that the weights were not fitted on. Changes nothing without --apply.',
    )
    .option('--related <path>', 'JSON Lines: {"slug", "related": [slug, ...]}')
    .addOption(fromCuration())
    .option(
      '--articles <path>',
      'the articles, as for import; default: those published in the project of the current folder',
    )
    .option('--type <uid>', 'content type of the project; default: the first configured one')
    .option('--locale <code>', "locale of the project's articles; default: the project's own")
    .option(
      '--apply',
      `write the weights to ${WEIGHTS_FILE} if the gain is more than chance; the server reads them when it starts`,
    )
    .option('--json', 'print JSON')
    .action(tuneWeights);

  program
    .command('status')
    .description(
      'Documents per type and locale in the project of the current folder, size and age of the index.',
    )
    .option('--json', 'print JSON')
    .option('--deep', 'compare every document with the database, and repair what differs')
    .action(printStatus);

  program
    .command('export-curations')
    .description(
      'Write all pins, exclusions, their history and the settings of content types as JSON.',
    )
    .requiredOption('--file <path>', 'where to write them')
    .action(exportCurations);

  program
    .command('import-curations')
    .description(
      'Import a file that export-curations wrote. Replaces what differs; running it again creates no duplicates.',
    )
    .requiredOption('--file <path>', 'file that export-curations wrote')
    .action(importCurations);

  program
    .command('move-curations')
    .description('Move pins, exclusions, history and settings to a content type that was renamed.')
    .requiredOption('--from <uid>', 'the old name, such as api::article.article')
    .requiredOption('--to <uid>', 'the new name, which must be configured')
    .action(moveCurations);

  program
    .command('webhook')
    .description('Send the event related.changed, which names the pages to rebuild, to an address.')
    .requiredOption('--url <address>', 'where to, such as https://example.org/hook')
    .option('--name <name>', 'its name under Settings → Webhooks', 'Related articles')
    .option('--secret <text>', 'sent with it as the header Authorization: Bearer <text>')
    .action(addWebhook);

  program
    .command('uninstall')
    .description(
      'Remove everything that the plugin stored: pins, exclusions, history, the change log, the saved index, grants. Take it out of the project afterwards.',
    )
    .option('--yes', 'really remove it; without this option, only list what would be removed')
    .action(uninstall);

  return program;
}
