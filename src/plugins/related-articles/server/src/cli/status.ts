import { getService } from '../services/get-service';
import type { IndexStatus } from '../services/indexing';
import { bootStrapi } from './boot';

/** Builds the index from the database and prints what is in both. */
export async function printStatus({ json }: { json?: boolean }): Promise<void> {
  const strapi = await bootStrapi();
  try {
    const started = performance.now();
    const indexing = getService(strapi, 'indexing');
    await indexing.idle();
    const buildMs = Math.round(performance.now() - started);
    const status = await indexing.status();
    process.stdout.write(
      json ? `${JSON.stringify({ ...status, buildMs })}\n` : describe(status, buildMs),
    );
  } finally {
    await strapi.destroy();
  }
}

function describe({ types, stats }: IndexStatus, buildMs: number): string {
  const lines: string[] = [];
  for (const { uid, locales, lastWrite } of types) {
    lines.push(uid);
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
    `index: ${stats.documents} documents, about ${(stats.bytes / 1e6).toFixed(1)} MB, built in ${buildMs} ms`,
  );
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
