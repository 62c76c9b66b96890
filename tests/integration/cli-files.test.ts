import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import relatedArticlesPlugin from '../../config/plugins';
import { ARTICLE_CONFIG } from 'plugin/cli/articles-file';
import { ARTICLES, DIARY, folder, JUDGED, related, relatedIn, write } from '../helpers/cli';
import { bin, runProcess } from '../helpers/command';

/* The command line on files alone: without a database or the project's index. */

test('rank and evaluate use the project’s configuration by default', () => {
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
    // Files do not contain what editors have picked.
    'api::article.article': { ...ARTICLE_CONFIG, picked: 'relatedArticles' },
  });
});

test('standard output holds the answer, whatever else the process prints', async () => {
  const articles = write('articles.jsonl', ARTICLES);
  const noisy = path.join(folder, 'noisy.js');
  fs.writeFileSync(
    noisy,
    "setImmediate(() => { for (const as of ['log', 'info', 'debug']) console[as]('noise'); });",
  );
  const { code, stdout, stderr } = await runProcess(
    ['rank', '--articles', articles, '--out', path.join(folder, 'ranked.jsonl')],
    { NODE_OPTIONS: `--require ${noisy}` },
  );
  expect({ code, stdout: stdout.replace(/ to .*/, '') }).toEqual({
    code: 0,
    stdout: '30 articles ranked, written\n',
  });
  expect(stderr.match(/noise/g)).toHaveLength(3);
});

test('every command has help; mistakes of the caller exit with 1 and a reason', async () => {
  for (const command of ['import', 'rank', 'evaluate', 'tune', 'status']) {
    const { code, stdout } = await related(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`related-articles ${command}`));
  }
  const file = write('articles.jsonl', ARTICLES.slice(0, 2));
  const mistakes: [string[], RegExp][] = [
    [['rnak'], /unknown command 'rnak'.*\n.*rank/],
    [['rank', '--articles', file], /--out/],
    [
      ['rank', '--articles', file, '--out', file],
      /is the file of articles, which would be overwritten/,
    ],
    [['rank', '--articles', path.join(folder, 'none'), '--out', 'x'], /does not exist/],
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
    [['import', '--file', path.join(folder, 'none')], /does not exist/],
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

test('evaluate names bad lines of judgements, and what is expected', async () => {
  const articles = write('articles.jsonl', ARTICLES);
  const judgements = write('related.jsonl', [{ slug: 'a', related: [] }, '5', { slug: 1, related: ['b'] }]); // prettier-ignore
  const { code, stderr } = await related('evaluate', '--articles', articles, '--related', judgements); // prettier-ignore
  expect(code).toBe(1);
  expect(stderr).toMatch(/^line 1: related: expected at least 1 in the list$/m);
  expect(stderr).toMatch(/^line 2: the line: expected an object, got 5$/m);
  expect(stderr).toMatch(/^line 3: slug: expected a slug, got 1$/m);
});

test('exits with 1 and the reason if the answer cannot be written', async () => {
  const [articles, judgements] = [write('articles.jsonl', ARTICLES), write('related.jsonl', [{ slug: ARTICLES[0].slug, related: [ARTICLES[3].slug] }])]; // prettier-ignore
  const command = `"$0" "$1" evaluate --articles ${articles} --related ${judgements} > /dev/full`;
  const ended = promisify(execFile)('sh', ['-c', command, process.execPath, bin]);
  await expect(ended).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: The output cannot be written: ENOSPC/m) }); // prettier-ignore
});

describe('tune', () => {
  test('refuses when there are too few judgements to tell', async () => {
    const articles = write('articles.jsonl', DIARY);
    const judgements = write('related.jsonl', JUDGED.slice(0, 20));
    const { code, stderr } = await related('tune', '--articles', articles, '--related', judgements);
    expect(code).toBe(1);
    expect(stderr).toMatch(/only 20 articles .* too few .*at least 50/);
  });

  test('applies weights only on request, and only if they beat chance; rank and evaluate then use them', async () => {
    const articles = write('articles.jsonl', DIARY);
    const judgements = write('related.jsonl', JUDGED);
    fs.mkdirSync(path.join(folder, 'config'));
    const file = path.join(folder, 'config/related-articles.weights.json');
    const files = ['--articles', articles, '--related', judgements];

    const shown = await relatedIn(folder, 'tune', ...files);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toMatch(/default weights +0\.\d{4}\n( +fitted, seed \d +0\.\d{4}\n){5}/);
    expect(shown.stdout).toMatch(/Nothing was changed\./);
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
    expect(broken.stderr).toMatch(/config\/related-articles\.weights\.json.*\n.*not valid JSON/);
    expect(broken.stderr).not.toMatch(/^\s+at /m);
  });

  test('does not touch a folder that is not a project', async () => {
    const judgements = write('related.jsonl', JUDGED);
    const { code, stderr } = await relatedIn(
      folder,
      'tune',
      '--articles',
      write('articles.jsonl', DIARY),
      '--related',
      judgements,
      '--apply',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/--apply: .* is not a Strapi project/);
  });
});

test('names a line that is not UTF-8 instead of losing its letters', async () => {
  const lines = ARTICLES.slice(0, 2).map((article) => JSON.stringify({ ...article, title: 'Café\u2028crème' })); // prettier-ignore
  const file = path.join(folder, 'articles.jsonl');
  fs.writeFileSync(file, Buffer.concat([Buffer.from(`${lines[0]}\n`), Buffer.from(`${lines[1]}\n`, 'latin1')])); // prettier-ignore
  const out = path.join(folder, 'run.jsonl');
  const { code, stderr } = await related('rank', '--articles', file, '--out', out);
  expect(code).toBe(1);
  expect(stderr).toMatch(/line 2: it is not UTF-8/);
  expect(stderr).not.toMatch(/line [13]:/);
});

test('names a line that is too long, and reads the others', async () => {
  const file = write('articles.jsonl', [ARTICLES[0], `"${'x'.repeat(100_000_000)}"`, '{broken']);
  const { code, stderr } = await related('rank', '--articles', file, '--out', path.join(folder, 'run.jsonl')); // prettier-ignore
  expect([code, stderr]).toEqual([1, expect.stringMatching(/line 2: it has more than 100 MB\nline 3: not valid JSON/)]); // prettier-ignore
});

test('rank names a bad line and writes nothing', async () => {
  const deep = `{"title": "Deep", "body": ${'['.repeat(5000)}${']'.repeat(5000)}}`;
  const file = write('articles.jsonl', [ARTICLES[0], '{broken', { slug: 'x' }, ARTICLES[0], deep]);
  const out = path.join(folder, 'run.jsonl');
  const { code, stderr } = await related('rank', '--articles', file, '--out', out);
  expect(code).toBe(1);
  expect(stderr).toMatch(/line 2: not valid JSON/);
  expect(stderr).toMatch(/line 3: title: /);
  expect(stderr).toMatch(/line 4: slug "article-number-0" is already in line 1/);
  expect(stderr).toMatch(/line 5: expected at most 100 levels of lists and objects/);
  expect(fs.readdirSync(folder).filter((name) => name !== 'test.db')).toEqual(['articles.jsonl']);
});
