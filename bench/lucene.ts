import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { generateArticles } from './generator';
import type { SpeedRow } from './speed';

const SOURCES = 'bench/lucene';
const JDKS = '/usr/lib/jvm';
const QUERIES = 1000;
/** The oldest Java that the programs are compiled for. */
const RELEASE = 17;
const KINDS = ['default', 'tuned'] as const;

/** Returns the folder with the newest JDK's programs; `null` if none is new enough. */
function findJdk(): string | null {
  const folders = fs.existsSync(JDKS) ? fs.readdirSync(JDKS) : [];
  const bins = folders.map((name) => path.join(JDKS, name, 'bin'));
  const found = bins
    .filter((folder) => fs.existsSync(path.join(folder, 'javac')))
    .map((bin) => {
      const version = execFileSync(path.join(bin, 'javac'), ['-version'], { encoding: 'utf8' });
      return { bin, release: Number(/\d+/.exec(version)?.[0]) };
    })
    .sort((a, b) => b.release - a.release);
  return found.length > 0 && found[0].release >= RELEASE ? found[0].bin : null;
}

function jarsIn(root: string): string[] {
  const folder = path.join(root, SOURCES, 'jars');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names.filter((name) => name.endsWith('.jar')).map((name) => path.join(folder, name));
}

/** Why Lucene cannot be measured here; `null` when it can. */
export function missingLucene(root: string): string | null {
  if (jarsIn(root).length === 0)
    return `its jars are missing (mvn -q -f ${SOURCES}/pom.xml dependency:copy-dependencies)`;
  return findJdk()
    ? null
    : `there is no JDK ${RELEASE} or newer in ${JDKS} (Debian: openjdk-17-jdk-headless)`;
}

/** Does work with a folder of compiled programs; `java` runs one of them and returns what it prints. */
function withLucene<T>(
  root: string,
  use: (folder: string, java: (...args: string[]) => string) => T,
): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-lucene-'));
  try {
    const bin = findJdk() as string;
    const jars = jarsIn(root).join(':');
    const sources = path.join(root, SOURCES);
    const programs = fs.readdirSync(sources).filter((name) => name.endsWith('.java'));
    const files = programs.map((name) => path.join(sources, name));
    execFileSync(path.join(bin, 'javac'), ['-cp', jars, '-d', folder, ...files]);
    return use(folder, (...args) =>
      execFileSync(path.join(bin, 'java'), ['-Xmx6g', '-cp', `${jars}:${folder}`, ...args], {
        encoding: 'utf8',
        maxBuffer: 2 ** 30,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures Lucene's MoreLikeThis in its own process, on the same articles as the others: with defaults, and tuned. */
export function measureLucene(
  root: string,
  sources: readonly ArticleLine[],
  size: number,
): SpeedRow[] {
  return withLucene(root, (folder, java) => {
    const articles = write(path.join(folder, 'articles.tsv'), generateArticles(sources, size));
    const replacements = write(
      path.join(folder, 'replacements.tsv'),
      renamed(generateArticles(sources, 200, 7), size),
    );
    return KINDS.map((kind) => {
      const output = java('MoreLikeThisBench', articles, replacements, String(QUERIES), kind);
      const measured = JSON.parse(output) as Omit<SpeedRow, 'engine' | 'articles'>;
      return { engine: nameOf(kind), articles: size, ...measured };
    });
  });
}

/** The list that Lucene has for each article of all locales, by slug, and how long it took. */
export interface LuceneLists {
  ranking: string;
  lists: ReadonlyMap<string, { list: string[]; ms: number }>;
}

export function luceneLists(
  root: string,
  locales: ReadonlyMap<string, readonly ArticleLine[]>,
  limit: number,
): LuceneLists[] {
  return withLucene(root, (folder, java) =>
    KINDS.map((kind) => {
      const lists = new Map<string, { list: string[]; ms: number }>();
      for (const [locale, articles] of locales) {
        const file = write(path.join(folder, 'articles.tsv'), articles);
        const output = java('MoreLikeThisLists', file, locale, String(limit), kind);
        for (const line of output.trimEnd().split('\n')) {
          const [slug, ms, ...list] = line.split('\t');
          lists.set(slug, { list: list.slice(0, limit), ms: Number(ms) });
        }
      }
      return { ranking: nameOf(kind), lists };
    }),
  );
}

const nameOf = (kind: (typeof KINDS)[number]) => `Lucene MoreLikeThis, ${kind}`;

function* renamed(articles: Iterable<ArticleLine>, size: number): Generator<ArticleLine> {
  let i = 0;
  for (const article of articles) {
    yield { ...article, slug: `article-${(i * 104_729) % size}` };
    i += 1;
  }
}

function write(file: string, articles: Iterable<ArticleLine>): string {
  const out = fs.openSync(file, 'w');
  const flat = (text: string | null | undefined) => (text ?? '').replace(/[\t\r\n]+/g, ' ');
  for (const { slug, title, body } of articles) {
    fs.writeSync(out, `${slug}\t${flat(title)}\t${flat(body)}\n`);
  }
  fs.closeSync(out);
  return file;
}
