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

function describe({ types, stats, progress }: IndexStatus, buildMs: number): string {
  const lines: string[] = [];
  for (const { uid, locales } of types) {
    lines.push(uid);
    for (const { locale, published, drafts } of locales) {
      const indexed =
        stats.collections.find((other) => other.type === uid && other.locale === locale)
          ?.documents ?? 0;
      lines.push(
        `  ${(locale ?? 'all').padEnd(8)}${published} published, ${drafts} drafts, ${indexed} indexed`,
      );
    }
  }
  const age = progress.updatedAt === null ? 'empty' : `${ageOf(progress.updatedAt)} old`;
  lines.push(
    `index: ${stats.documents} documents, about ${(stats.bytes / 1e6).toFixed(1)} MB, built in ${buildMs} ms, ${age}`,
  );
  return `${lines.join('\n')}\n`;
}

function ageOf(updatedAt: number): string {
  return `${((Date.now() - updatedAt) / 1000).toFixed(1)} s`;
}
