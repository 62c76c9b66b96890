import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { generateArticles } from './generator';
import type { SpeedRow } from './speed';

const JAR = '/usr/share/java/lucene9.jar';
const JDKS = '/usr/lib/jvm';
const QUERIES = 1000;
/** The Java that Debian's Lucene is compiled for. */
const RELEASE = 21;

/** Debian's jar lacks the lists by which Lucene finds its own formats. */
const SERVICES: Record<string, string> = {
  'org.apache.lucene.codecs.Codec': 'org.apache.lucene.codecs.lucene99.Lucene99Codec',
  'org.apache.lucene.codecs.PostingsFormat':
    'org.apache.lucene.codecs.lucene99.Lucene99PostingsFormat',
  'org.apache.lucene.codecs.DocValuesFormat':
    'org.apache.lucene.codecs.lucene90.Lucene90DocValuesFormat',
  'org.apache.lucene.codecs.KnnVectorsFormat':
    'org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat',
};

/** The folder of a JDK that is new enough. */
function findJdk(): string | null {
  const folders = fs.existsSync(JDKS) ? fs.readdirSync(JDKS) : [];
  const bins = folders.map((name) => path.join(JDKS, name, 'bin'));
  for (const bin of bins.filter((folder) => fs.existsSync(path.join(folder, 'javac')))) {
    const version = execFileSync(path.join(bin, 'javac'), ['-version'], { encoding: 'utf8' });
    if (Number(/\d+/.exec(version)?.[0]) >= RELEASE) return bin;
  }
  return null;
}

/** Why Lucene cannot be measured here; `null` when it can. */
export function missingLucene(): string | null {
  if (!fs.existsSync(JAR)) return `${JAR} is not there (Debian: liblucene9-java)`;
  return findJdk() ? null : `there is no JDK ${RELEASE} (Debian: openjdk-21-jdk-headless)`;
}

/** Lucene's MoreLikeThis in a process of its own, on the articles that the others get; as it comes, and tuned. */
export function measureLucene(
  root: string,
  sources: readonly ArticleLine[],
  size: number,
): SpeedRow[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-lucene-'));
  try {
    const bin = findJdk() as string;
    execFileSync(path.join(bin, 'javac'), [
      '-cp',
      JAR,
      '-d',
      folder,
      path.join(root, 'tests/bench/lucene/MoreLikeThisBench.java'),
    ]);
    const services = path.join(folder, 'META-INF/services');
    fs.mkdirSync(services, { recursive: true });
    for (const [name, value] of Object.entries(SERVICES)) {
      fs.writeFileSync(path.join(services, name), value);
    }
    const articles = write(path.join(folder, 'articles.tsv'), generateArticles(sources, size));
    const replacements = write(
      path.join(folder, 'replacements.tsv'),
      renamed(generateArticles(sources, 200, 7), size),
    );
    return (['default', 'tuned'] as const).map((kind) => {
      const output = execFileSync(
        path.join(bin, 'java'),
        [
          '-Xmx6g',
          '-cp',
          `${JAR}:${folder}`,
          'MoreLikeThisBench',
          articles,
          replacements,
          String(QUERIES),
          kind,
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      );
      const measured = JSON.parse(output) as Omit<SpeedRow, 'engine' | 'articles'>;
      return { engine: `Lucene MoreLikeThis, ${kind}`, articles: size, ...measured };
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

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
