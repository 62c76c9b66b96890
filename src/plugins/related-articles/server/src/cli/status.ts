import { appOf, type App } from '../app';
import type { UnreadDocument } from '../content/document-reader';
import { CURATION } from '../curations/curation';
import type { IndexStatus } from '../indexing/index-service';
import { bootStrapi, endStrapi } from './boot';
import { orphanedCurations, orphanedSettings } from './moved-curations';
import { CliError, printable } from './errors';
import { StalledError, named, settled } from './settled';

/**
 * Brings the index up to date and prints what is in it and in the database; with `deep`, compares the two.
 *
 * @throws CliError if something cannot be read, after what is known was printed.
 */
export async function printStatus({
  json,
  deep,
}: {
  json?: boolean;
  deep?: boolean;
}): Promise<void> {
  const strapi = await bootStrapi();
  try {
    const started = performance.now();
    const app = appOf(strapi);
    // What is missing is told below.
    let failure = await settled(app, false).catch((error: Error) => {
      if (!(error instanceof StalledError)) throw error;
      return error;
    });
    const buildMs = Math.round(performance.now() - started);
    // The check would wait for the same.
    if (deep && !failure) {
      failure = await app.index.check('deep').then(noFailure, ({ message }: Error) => new CliError(`The deep check failed: ${message}`)); // prettier-ignore
    }
    const found = await app.index.status().catch((error) => {
      throw named(error, app.index);
    });
    const reread = deep ? othersOf(found).length : 0;
    // This command cannot see what other instances hold in memory: pins, and texts read before they were changed.
    if (reread > 0) await app.index.reindex(sharesIndex(app) ? [CURATION.uid] : undefined);
    const status = {
      ...found,
      reread,
      unread: app.documents.list(),
      orphanedCurations: Object.fromEntries(await orphanedCurations(strapi)),
      orphanedSettings: await orphanedSettings(strapi),
    };
    process.stdout.write(
      json ? `${JSON.stringify({ ...status, buildMs })}\n` : printable(describe(status, buildMs)),
    );
    const unreadable = found.types.filter(({ failure }) => failure !== undefined);
    if (unreadable.length > 0) {
      throw new CliError(`Cannot be read: ${unreadable.map(({ uid }) => uid).join(', ')}`);
    }
    if (failure) throw failure;
  } finally {
    await endStrapi(strapi);
  }
}

const noFailure = (): void => undefined;

/** Whether the index that this command has compared is the one of all instances. */
const sharesIndex = ({ index }: App): boolean => 'isKeeper' in index && index.isKeeper === true;

const othersOf = ({ sync }: IndexStatus) => sync.instances.filter(({ id }) => id !== sync.own);

interface Status extends IndexStatus {
  /** How many running instances were told to read everything again. */
  reread: number;
  unread: UnreadDocument[];
  orphanedCurations: Record<string, number>;
  orphanedSettings: string[];
}

function describe(status: Status, buildMs: number): string {
  const { types, stats, sync, health, unread, orphanedCurations: orphans, orphanedSettings, reread } = status; // prettier-ignore
  const lines: string[] = [];
  if (types.length === 0) lines.push('no content type is configured in config/plugins');
  for (const { uid, locales, lastWrite, failure } of types) {
    lines.push(uid);
    if (failure !== undefined) lines.push(`  cannot be read: ${failure}`);
    for (const { locale, published, unpublished } of locales) {
      const indexed =
        stats.collections.find((other) => other.type === uid && other.locale === locale)
          ?.documents ?? 0;
      lines.push(
        `  ${(locale ?? 'all').padEnd(8)}${published} published, ${unpublished} unpublished, ${indexed} indexed`,
      );
    }
    if (lastWrite) lines.push(`  last change ${lastWrite.toISOString()}, ${ageOf(lastWrite)} ago`);
  }
  lines.push(
    `index: ${stats.documents} documents, about ${(stats.bytes / 1e6).toFixed(1)} MB, read in ${buildMs} ms`,
  );
  const { lastDeepCheck } = health;
  if (lastDeepCheck) {
    const { compared, differences } = lastDeepCheck;
    lines.push(
      `deep check: ${compared} documents compared, ${differences} differed and were read again`,
    );
  }
  if (reread > 0) {
    const who = reread === 1 ? 'one instance' : `${reread} instances`;
    lines.push(`${who} seen lately: told to read everything again, because this command cannot see what they hold in memory`); // prettier-ignore
  }
  lines.push(`change log: ${sync.rows} rows`);
  for (const { id, position, age } of othersOf(status)) {
    lines.push(`instance ${id}: at row ${position}, last seen ${Math.round(age / 1000)} s ago`);
  }
  for (const { uid, documentId, locale, part, reason } of unread) {
    const consequence =
      part === 'all' ? 'only its title and relations are indexed' : 'the rest of it is not indexed';
    const name = locale === null ? `${uid} ${documentId}` : `${uid} ${documentId} (${locale})`;
    lines.push(`${name}: ${reason}; ${consequence}`);
  }
  for (const [uid, count] of Object.entries(orphans)) {
    lines.push(
      `${count} curations belong to ${uid}, which is not configured. Was it renamed? See move-curations.`,
    );
  }
  for (const uid of orphanedSettings) {
    lines.push(
      `settings and rules belong to ${uid}, which is not configured, and have no effect. Was it renamed? See move-curations.`,
    );
  }
  for (const { message, since } of health.troubles) {
    lines.push(`trouble since ${new Date(since).toISOString()}: ${message}`);
  }
  return `${lines.join('\n')}\n`;
}

const UNITS: [string, number][] = [
  ['days', 86_400],
  ['hours', 3600],
  ['minutes', 60],
  ['seconds', 1],
];

function ageOf(date: Date): string {
  const seconds = Math.max(0, (Date.now() - date.getTime()) / 1000);
  const [unit, size] = UNITS.find(([, length]) => seconds >= 2 * length) ?? ['seconds', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
