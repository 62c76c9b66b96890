import { didYouMean } from '../config/nearest';
import type { RelatedType } from '../config/resolve';
import { withoutStatement } from '../content/without-statement';
import { appOf } from '../app';
import { importedSchema } from './articles-file';
import { bootStrapi, endStrapi, SIGNALS } from './boot';
import { CliError, printable } from './errors';
import { Importer, type ImportScope } from './importer';
import { countLines, readLines } from './json-lines';
import { ImportTurn } from './one-import';
import type { LeftPublished } from './left-published';
import { createProgress } from './progress';
import { isGone, isLocked, isRace } from './races';

export interface ImportOptions extends ImportScope {
  file: string;
  type?: string;
}

const MAX_TRIES = 20;
const RETRY_MS = 100;
/** Signals within this time are one request, in milliseconds. */
const ONE_PRESS_MS = 500;

/**
 * Imports the articles of a file into the project, by slug and locale; updates existing entries that differ. Fields
 * that a line does not name stay as they are; `null` empties them. Each article is one transaction, so an interrupted
 * import can simply be run again.
 */
export async function importFile(options: ImportOptions): Promise<void> {
  const total = await countLines(options.file);
  const strapi = await bootStrapi();
  const counts = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  const interruption = onInterrupt();
  const progress = createProgress('Importing', total);
  const turn = new ImportTurn(strapi, 'import', () => interruption.requested);
  const lineOf = new Map<string, number>();
  try {
    const app = appOf(strapi);
    // This process serves nobody, so it needs no index.
    await app.index.stop();
    const type = typeOf(app.types, options.type);
    if (type.slug === null) {
      throw new CliError(
        `${type.uid} has no slug configured, so the import could not tell existing articles from new ones, and would create duplicates each time. Configure "slug" first.`,
      );
    }
    const importer = new Importer(strapi, type, options);
    await importer.checkLocale();
    for await (const line of readLines(options.file, importedSchema)) {
      // SQLite queries never yield, so let signals through.
      await new Promise(setImmediate);
      await turn.wait();
      if (interruption.requested) break;
      try {
        if ('reason' in line) throw new Error(line.reason);
        const key = `${(await importer.localeOf(line.value)) ?? ''} ${line.value.slug}`;
        const first = lineOf.get(key);
        if (first !== undefined) {
          throw new Error(`slug "${line.value.slug}" is already in line ${first}`);
        }
        lineOf.set(key, line.number);
        counts[await despiteRaces(() => importer.put(line.value))] += 1;
      } catch (error) {
        if (isGone(error)) throw error;
        counts.failed += 1;
        process.stderr.write(`line ${line.number}: ${printable(reasonOf(error))}\n`);
      }
      progress.step();
      if (importer.left.isDue) await deleteLeft(importer.left);
    }
    // Anybody who is writing one of them right now will be done soon.
    for (let tries = 0; tries < MAX_TRIES && !importer.left.isEmpty; tries += 1) {
      await deleteLeft(importer.left);
    }
  } finally {
    await turn.end();
    progress.stop();
    await endStrapi(strapi);
  }
  const { created, updated, unchanged, failed } = counts;
  process.stdout.write(
    `${created} created, ${updated} updated, ${unchanged} unchanged, ${failed} failed\n`,
  );
  if (interruption.requested) throw new CliError('Interrupted. Run the command again to continue.');
  if (failed > 0)
    throw new CliError(`${failed} of ${total} lines could not be imported, see above.`);
}

async function deleteLeft(left: LeftPublished): Promise<void> {
  for (const { slug, error } of await despiteRaces(() => left.delete())) {
    const outcome = error ? `is still published: ${reasonOf(error)}` : 'is no longer published';
    process.stderr.write(printable(`"${slug}" was deleted by somebody else in the meantime, and ${outcome}`) + '\n'); // prettier-ignore
  }
}

/** Tries again if a running Strapi wrote in between. */
async function despiteRaces<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (tries === MAX_TRIES || !(isRace(error) || isLocked(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** @throws CliError when no type of that uid is configured. */
export function typeOf(
  types: ReadonlyMap<string, RelatedType>,
  uid: string | undefined,
  option = '--type',
): RelatedType {
  const known = [...types.keys()];
  if (known.length === 0) {
    throw new CliError(
      'No content type is configured for the related-articles plugin in config/plugins.',
    );
  }
  const type = types.get(uid ?? known[0]);
  if (!type)
    throw new CliError(`${option}: "${uid}" is not configured.${didYouMean(uid ?? '', known)}`);
  return type;
}

function reasonOf(error: unknown): string {
  const { details } = error as { details?: { errors?: { path?: string[] }[] } };
  const path = details?.errors?.[0]?.path?.join('.');
  const message = withoutStatement(error as Error);
  return path && !message.startsWith(path) ? `${path}: ${message}` : message;
}

/** Stops the import after the current article at the first Ctrl-C or other request to end, at once at a second. */
function onInterrupt(): { requested: boolean } {
  const state = { requested: false };
  let asked = 0;
  const end = () => {
    // The terminal and npm each send a signal of their own.
    if (state.requested && performance.now() - asked > ONE_PRESS_MS) process.exit(1);
    if (state.requested) return;
    state.requested = true;
    asked = performance.now();
    process.stderr.write('\nStopping after this article. Press Ctrl-C again to stop at once.\n');
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return state;
}
