import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';

import relatedArticlesPlugin from '../../config/plugins';
import { ARTICLE_CONFIG } from 'plugin/cli/articles-file';

import { ALL_READS, grantPublic, startStrapi, testEnvironment } from '../helpers/strapi';

const root = path.resolve(__dirname, '../..');
const bin = path.join(root, 'src/plugins/related-articles/bin/related-articles.js');

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-cli-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

const related = (...args: string[]): Promise<Result> => relatedIn(root, ...args);

async function relatedIn(cwd: string, ...args: string[]): Promise<Result> {
  try {
    const env = { ...process.env, ...testEnvironment(folder) };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [bin, ...args], {
      cwd,
      env,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as unknown as Result;
    return { code, stdout, stderr };
  }
}

function write(name: string, lines: (object | string)[]): string {
  const file = path.join(folder, name);
  fs.writeFileSync(
    file,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  );
  return file;
}

const SUBJECTS = [
  'sourdough starter rye flour water oven crust crumb dough loaf',
  'moon crater telescope mirror terminator shadow eclipse orbit lens',
  'compost soil worms mulch cardboard spade humus beds weeds nettles',
];

/** Thirty articles about three subjects, each with words of its own, tags, categories, dates and links. */
const ARTICLES = Array.from({ length: 30 }, (_, i) => {
  const words = SUBJECTS[i % 3].split(' ');
  const own = words.map((word, w) => (w % (2 + (i % 4)) === 0 ? `${word} ${word}` : word));
  return {
    slug: `article-number-${i}`,
    title: `${words[i % words.length]} and ${words[(i * 7) % words.length]} ${i}`,
    excerpt: i % 4 === 0 ? null : `About ${words[(i * 3) % words.length]}`,
    body: `${own.join(' ')} unique${i}.\n\n[more](/articles/article-number-${(i * 11 + 3) % 30})`,
    category: `Subject ${i % 3}`,
    tags: [`tag ${i % 5}`, i % 2 ? 'C' : 'C++'],
    publishedAt: `2024-0${1 + (i % 9)}-${10 + (i % 18)}`,
    locale: 'en',
  };
});

test('the default configuration of rank and evaluate is that of the project', () => {
  const plugins = (
    relatedArticlesPlugin as (
      context: object,
    ) => Record<string, { config: { contentTypes: object } }>
  )({
    env: Object.assign((_name: string, fallback: string) => fallback, {
      int: (_name: string, fallback: number) => fallback,
      bool: (_name: string, fallback: boolean) => fallback,
    }),
  });
  expect(plugins['related-articles'].config.contentTypes).toEqual({
    // Files tell nothing of what editors have picked.
    'api::article.article': { ...ARTICLE_CONFIG, picked: 'relatedArticles' },
  });
});

test('every command has help, and mistakes of the caller end with 1 and a reason', async () => {
  for (const command of ['import', 'rank', 'evaluate', 'tune', 'status']) {
    const { code, stdout } = await related(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`related-articles ${command}`));
  }
  const file = write('articles.jsonl', ARTICLES.slice(0, 2));
  const mistakes: [string[], RegExp][] = [
    [['rnak'], /unknown command 'rnak'.*\n.*rank/],
    [['rank', '--articles', file], /--out/],
    [['rank', '--articles', path.join(folder, 'none'), '--out', 'x'], /is not there/],
    [
      ['rank', '--articles', file, '--out', path.join(folder, 'no/such/folder')],
      /--out: .* cannot be written/,
    ],
    [
      ['rank', '--articles', file, '--out', 'x', '--limit', 'many'],
      /--limit: expected a whole number from 1 to 100.*, got "many"/,
    ],
    [['evaluate', '--articles', file, '--related', file], /related: /],
    [['evaluate', '--articles', file], /--related <path> or --from curation/],
    [['evaluate', '--related', file], /related: /],
    [['evaluate', '--from', 'clicks'], /--from: expected curation.*, got "clicks"/],
    [['tune', '--from', 'curation', '--related', file], /leave out --related and --articles/],
    [['evaluate', '--from', 'curation', '--no-weights'], /go with --articles/],
    [['import', '--file', path.join(folder, 'none')], /is not there/],
    [
      ['tune', '--related', file, '--articles', file, '--locale', 'de'],
      /--locale: "de" .* --articles names a file/,
    ],
  ];
  for (const [args, reason] of mistakes) {
    const { code, stderr } = await related(...args);
    expect({ args, code }).toEqual({ args, code: 1 });
    expect(stderr).toMatch(reason);
  }
});

test('evaluate prints the five means, as a table and as JSON', async () => {
  const articles = write('articles.jsonl', ARTICLES);
  const judgements = write(
    'related.jsonl',
    ARTICLES.slice(0, 9).map(({ slug }, i) => ({
      slug,
      related: [`article-number-${i + 3}`, `article-number-${i + 6}`],
    })),
  );
  const table = await related('evaluate', '--articles', articles, '--related', judgements);
  expect(table.stdout).toMatch(
    /^9 judged articles\nnDCG@10 +0\.\d{4}\nrecall@10 .*\nMRR@10 .*\nprecision@10 .*\ncoverage /,
  );
  const json = JSON.parse(
    (await related('evaluate', '--articles', articles, '--related', judgements, '--json')).stdout,
  );
  expect(Object.keys(json).sort()).toEqual([
    'coverage',
    'judged',
    'mrr',
    'ndcg',
    'precision',
    'recall',
  ]);
  expect(json.ndcg).toBeGreaterThan(0.2);
});

describe('tune', () => {
  // Nothing but the date tells what belongs together, which weighs little by default.
  const diary = Array.from({ length: 90 }, (_, i) => {
    const words = SUBJECTS.join(' ').split(' ');
    const some = words.filter((__, w) => (i * 7 + w * 13) % 5 < 3);
    return {
      slug: `day-${i}`,
      title: `${words[(i * 11) % words.length]} ${words[(i * 17) % words.length]}`,
      body: `${some.join(' ')}. ${some.slice(i % 9).join(' ')}`,
      publishedAt: new Date(Date.UTC(2024, 0, i + 1)).toISOString().slice(0, 10),
      locale: 'en',
    };
  });
  const judged = diary.map(({ slug }, i) => ({
    slug,
    related: [i - 2, i - 1, i + 1, i + 2].filter((j) => j >= 0 && j < 90).map((j) => `day-${j}`),
  }));

  test('refuses when there are too few judgements to tell', async () => {
    const articles = write('articles.jsonl', diary);
    const judgements = write('related.jsonl', judged.slice(0, 20));
    const { code, stderr } = await related('tune', '--articles', articles, '--related', judgements);
    expect(code).toBe(1);
    expect(stderr).toMatch(/20 articles .* are too few .*at least 50/);
  });

  test('applies only what is asked for and more than chance; rank, evaluate then use it', async () => {
    const articles = write('articles.jsonl', diary);
    const judgements = write('related.jsonl', judged);
    fs.mkdirSync(path.join(folder, 'config'));
    const file = path.join(folder, 'config/related-articles.weights.json');
    const files = ['--articles', articles, '--related', judgements];

    const shown = await relatedIn(folder, 'tune', ...files);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toMatch(/default weights +0\.\d{4}\n( +fitted, seed \d +0\.\d{4}\n){5}/);
    expect(shown.stdout).toMatch(/Nothing is changed\./);
    expect(fs.existsSync(file)).toBe(false);

    const applied = await relatedIn(folder, 'tune', ...files, '--apply', '--json');
    expect(applied).toMatchObject({ code: 0 });
    const tuning = JSON.parse(applied.stdout);
    expect(tuning.gain.low).toBeGreaterThan(0);
    const { parts } = JSON.parse(fs.readFileSync(file, 'utf8'))['api::article.article'];
    expect(parts).toEqual(tuning.weights);

    const evaluate = async (...args: string[]) =>
      JSON.parse((await relatedIn(folder, 'evaluate', ...files, '--json', ...args)).stdout).ndcg;
    const byDefault = await evaluate('--no-weights');
    expect(await evaluate()).toBeGreaterThan(byDefault + 0.05);
    expect(await evaluate('--weights', file)).toBe(await evaluate());
    expect(Math.abs(byDefault - tuning.before)).toBeLessThan(0.02);

    fs.writeFileSync(file, '{}}');
    const broken = await relatedIn(folder, 'evaluate', ...files);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/config\/related-articles\.weights\.json.*\n.*no JSON/);
  });

  test('learns from the published articles of the project as from the file', async () => {
    const articles = write('articles.jsonl', diary);
    const judgements = write('related.jsonl', judged);
    expect((await related('import', '--file', articles, '--publish')).code).toBe(0);
    const ofProject = await related('tune', '--related', judgements, '--json');
    expect(ofProject).toMatchObject({ code: 0 });
    const ofFile = await related('tune', '--related', judgements, '--articles', articles, '--json');
    expect(JSON.parse(ofProject.stdout).before).toBeCloseTo(JSON.parse(ofFile.stdout).before, 9);
    expect(fs.existsSync(path.join(root, 'config/related-articles.weights.json'))).toBe(false);

    const nothing = await related('evaluate', '--from', 'curation');
    expect(nothing.stderr).toMatch(
      /nothing that is published is pinned in api::article.article in the locale "en"/,
    );
    pinAll(judged);
    const fromPins = JSON.parse((await related('tune', '--from', 'curation', '--json')).stdout);
    expect(fromPins.judged).toBe(JSON.parse(ofProject.stdout).judged);
    expect(fromPins.before).toBeCloseTo(JSON.parse(ofProject.stdout).before, 9);
    const evaluated = JSON.parse(
      (await related('evaluate', '--from', 'curation', '--json')).stdout,
    );
    const compared = await related(
      'evaluate',
      '--articles',
      articles,
      '--related',
      judgements,
      '--json',
    );
    expect(evaluated.judged).toBe(JSON.parse(compared.stdout).judged);
    expect(evaluated.ndcg).toBeCloseTo(JSON.parse(compared.stdout).ndcg, 9);
    // And by slugs, with the project's own entries and configuration.
    const byFile = await related('evaluate', '--related', judgements, '--json');
    expect(JSON.parse(byFile.stdout).ndcg).toBeCloseTo(evaluated.ndcg, 9);
  });

  /** Pins in the database what was judged by slug. */
  function pinAll(judgements: { slug: string; related: string[] }[]): void {
    const database = new Database(path.join(folder, 'test.db'));
    const rows = database
      .prepare('select document_id, slug from articles where published_at is not null')
      .all() as { document_id: string; slug: string }[];
    const idOf = new Map(rows.map((row) => [row.slug, row.document_id]));
    const insert = database.prepare(
      `insert into related_articles_curations
       (document_id, source_type, source_id, source_locale, pins, exclusions, revision, updated_at)
       values (?, 'api::article.article', ?, 'en', ?, '[]', 1, ?)`,
    );
    for (const { slug, related: slugs } of judgements) {
      // One that is not there any more counts for nothing.
      const pins = JSON.stringify([...slugs.map((other) => idOf.get(other)), 'gone']);
      insert.run(`curation-${slug}`, idOf.get(slug), pins, Date.now());
    }
    database.close();
  }

  test('keeps its hands off a folder that is no project', async () => {
    const judgements = write('related.jsonl', judged);
    const { code, stderr } = await relatedIn(
      folder,
      'tune',
      '--articles',
      write('articles.jsonl', diary),
      '--related',
      judgements,
      '--apply',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/--apply: .* is no Strapi project/);
  });
});

test('a bad line of rank is named, and nothing is written', async () => {
  const file = write('articles.jsonl', [ARTICLES[0], '{broken', { slug: 'x' }, ARTICLES[0]]);
  const out = path.join(folder, 'run.jsonl');
  const { code, stderr } = await related('rank', '--articles', file, '--out', out);
  expect(code).toBe(1);
  expect(stderr).toMatch(/line 2: no JSON/);
  expect(stderr).toMatch(/line 3: title: /);
  expect(stderr).toMatch(/line 4: slug "article-number-0" already stands in line 1/);
  expect(fs.readdirSync(folder)).toEqual(['articles.jsonl']);
});

test('what the server answers for an imported file agrees with rank, in order and score', async () => {
  const file = write('articles.jsonl', ARTICLES);
  const imported = await related('import', '--file', file, '--publish');
  expect(imported).toMatchObject({
    code: 0,
    stdout: '30 created, 0 updated, 0 unchanged, 0 failed\n',
  });
  const out = path.join(folder, 'run.jsonl');
  expect((await related('rank', '--articles', file, '--out', out)).code).toBe(0);
  const run = fs
    .readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(run).toHaveLength(30);
  expect(run.flatMap((line) => line.related).length).toBeGreaterThan(100);

  const running = await startStrapi(folder);
  try {
    await grantPublic(running.strapi, ALL_READS);
    await running.settled();
    for (const { slug, related: ranked, scores } of run) {
      const { body } = await running.http.get(
        `/api/articles/${slug}/related?pagination[limit]=10&fields=slug`,
      );
      expect(body.data.map((document: { slug: string }) => document.slug)).toEqual(ranked);
      const rounded = scores.map((score: number) => Math.round(score * 1e4) / 1e4);
      expect(body.meta.related.map(({ score }: { score: number }) => score)).toEqual(rounded);
    }
  } finally {
    await running.strapi.destroy();
  }
});

test('import: again changes nothing, edits are updated, bad lines are reported and the rest goes in', async () => {
  const first = write('first.jsonl', ARTICLES.slice(0, 4));
  expect((await related('import', '--file', first)).stdout).toBe(
    '4 created, 0 updated, 0 unchanged, 0 failed\n',
  );
  expect((await related('import', '--file', first)).stdout).toBe(
    '0 created, 0 updated, 4 unchanged, 0 failed\n',
  );

  const second = write('second.jsonl', [
    ARTICLES[0],
    { ...ARTICLES[1], body: 'Another text', tags: ['new tag'] },
    'no json',
    { slug: 'incomplete' },
    { ...ARTICLES[2], locale: 'xx' },
    { ...ARTICLES[3], slug: 'not a slug!' },
    ARTICLES[4],
    { ...ARTICLES[4], title: 'The same slug again' },
  ]);
  const { code, stdout, stderr } = await related('import', '--file', second, '--publish');
  expect(code).toBe(1);
  expect(stdout).toBe('1 created, 2 updated, 0 unchanged, 5 failed\n');
  expect(stderr).toMatch(/^line 3: no JSON/m);
  expect(stderr).toMatch(/^line 4: title: /m);
  expect(stderr).toMatch(/^line 5: locale: the project has no locale "xx"/m);
  expect(stderr).toMatch(/^line 6: slug must match/m);

  expect(stderr).toMatch(/^line 8: slug "article-number-4" already stands in line 7/m);

  // A draft that was updated without publishing is published the next time, though its text is the same.
  const third = write('third.jsonl', [{ ...ARTICLES[0], body: 'Third version' }]);
  await related('import', '--file', third);
  expect((await related('import', '--file', third, '--publish')).stdout).toMatch(
    /^0 created, 1 updated/,
  );
  expect((await related('import', '--file', third, '--publish')).stdout).toMatch(/1 unchanged/);

  const status = JSON.parse((await related('status', '--json')).stdout);
  expect(status.types).toEqual([
    {
      uid: 'api::article.article',
      locales: [{ locale: 'en', published: 3, unpublished: 2 }],
      lastWrite: expect.any(String),
    },
  ]);
  expect(status.stats.documents).toBe(3);
  const text = (await related('status')).stdout;
  expect(text).toMatch(
    /en +3 published, 2 unpublished, 3 indexed\n +last change .* ago\nindex: 3 documents, about [\d.]+ MB, read in \d+ ms/,
  );

  // Changed outside Strapi, with a text that no time tells of.
  const database = new Database(path.join(folder, 'test.db'));
  database
    .prepare(
      "update articles set body = 'By hand' where published_at is not null and id = (select max(id) from articles)",
    )
    .run();
  database.close();
  const deep = () => related('status', '--deep');
  expect((await deep()).stdout).toMatch(/deep check: 3 documents compared, 1 differed/);
  expect((await deep()).stdout).toMatch(/deep check: 3 documents compared, 0 differed/);
});

test('import --locale puts everything into one locale, and refuses one that the project does not have', async () => {
  const file = write('articles.jsonl', ARTICLES.slice(0, 1));
  const { code, stderr } = await related('import', '--file', file, '--locale', 'de');
  expect(code).toBe(1);
  expect(stderr).toMatch(/--locale: the project has no locale "de"/);
});

test('import refuses what it would lose, and prints no control characters', async () => {
  const file = path.join(folder, 'hostile.jsonl');
  const lines = [
    { slug: 'a b', title: 'T', body: 'x' },
    { slug: '\u001b[31mred\u0007', title: 'T' },
    { slug: 'fine', title: '\u202eT', tags: ['\u001b]0;title\u0007'] },
  ];
  fs.writeFileSync(
    file,
    `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"a":\u001b[2J}\n`,
  );
  const { code, stdout, stderr } = await related('import', '--file', file);
  expect(code).toBe(1);
  const shown = [
    ...(stdout + stderr).replaceAll('\u001b[?25h', '').replaceAll('\u001b[?25l', ''),
  ].filter((sign) => {
    const code = sign.codePointAt(0) as number;
    return (code < 32 && !'\n\r'.includes(sign)) || code === 127 || code === 0x202e;
  });
  expect(shown).toEqual([]);
});
