import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';

import { ARTICLES, DIARY, folder, JUDGED, related, write } from '../helpers/cli';
import { root, runCommand, runProcess } from '../helpers/command';
import { ALL_READS, grantPublic, startStrapi, testEnvironment } from '../helpers/strapi';

/* The command line on the project: what it imports, what it learns from, and what it says about the index. */

test('tune learns the same from the project’s published articles as from the file', async () => {
  const articles = write('articles.jsonl', DIARY);
  const judgements = write('related.jsonl', JUDGED);
  expect((await related('import', '--file', articles, '--publish')).code).toBe(0);
  const ofProject = await related('tune', '--related', judgements, '--json');
  expect(ofProject).toMatchObject({ code: 0 });
  const ofFile = await related('tune', '--related', judgements, '--articles', articles, '--json');
  expect(JSON.parse(ofProject.stdout).before).toBeCloseTo(JSON.parse(ofFile.stdout).before, 9);
  expect(fs.existsSync(path.join(root, 'config/related-articles.weights.json'))).toBe(false);

  const nothing = await related('evaluate', '--from', 'curation');
  expect(nothing.stderr).toMatch(
    /no published entry is pinned in api::article.article in the locale "en"/,
  );
  const nowhere = await related('evaluate', '--from', 'curation', '--locale', 'zz');
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/--locale: the project has no locale "zz"/)]); // prettier-ignore
  pinAll(JUDGED);
  const fromPins = JSON.parse((await related('tune', '--from', 'curation', '--json')).stdout);
  expect(fromPins.judged).toBe(JSON.parse(ofProject.stdout).judged);
  expect(fromPins.before).toBeCloseTo(JSON.parse(ofProject.stdout).before, 9);
  const evaluated = JSON.parse((await related('evaluate', '--from', 'curation', '--json')).stdout);
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

/** Pins the judged articles in the database; judgements name them by slug. */
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
    // A pin to an entry that no longer exists does not count.
    const pins = JSON.stringify([...slugs.map((other) => idOf.get(other)), 'gone']);
    insert.run(`curation-${slug}`, idOf.get(slug), pins, Date.now());
  }
  database.close();
}

test('the server’s lists for an imported file agree with rank, in order and score', async () => {
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

test('import: a second run changes nothing, edits are updated, bad lines are reported and skipped', async () => {
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
    { ...ARTICLES[4], title: 'The same slug again', locale: 'en' },
  ]);
  const { code, stdout, stderr } = await related('import', '--file', second, '--publish');
  expect(code).toBe(1);
  expect(stdout).toBe('1 created, 2 updated, 0 unchanged, 5 failed\n');
  expect(stderr).toMatch(/^line 3: not valid JSON/m);
  expect(stderr).toMatch(/^line 4: title: /m);
  expect(stderr).toMatch(/^line 5: locale: the project has no locale "xx"/m);
  expect(stderr).toMatch(/^line 6: slug must match/m);

  expect(stderr).toMatch(/^line 8: slug "article-number-4" is already in line 7/m);

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

  // Changes a text outside Strapi, without touching a timestamp.
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

  // Another instance is running: this process cannot see its index, whether it is saved here or on another machine.
  const beside = new Database(path.join(folder, 'test.db'));
  beside.prepare("insert into related_articles_instances (id, position, seen_at) values ('beside', 0, ?)").run(Date.now()); // prettier-ignore
  const whole = beside.prepare("select count(*) as n, count(distinct uid) as types from related_articles_changes where kind = 'type'"); // prettier-ignore
  const before = (whole.get() as { n: number }).n;
  const elsewhere = {
    ...testEnvironment(folder),
    RELATED_ARTICLES_DIRECTORY: path.join(folder, 'elsewhere'),
  };
  const asked = await runCommand(['status', '--deep'], elsewhere);
  for (const { stdout } of [asked, await deep()]) {
    expect(stdout).toMatch(/deep check: 3 documents compared, 0 differed/);
    expect(stdout).toMatch(/one instance seen lately: told to read everything again/);
  }
  const after = whole.get() as { n: number; types: number };
  expect(after.n).toBeGreaterThanOrEqual(before + 2 * after.types);
  expect(after.types).toBeGreaterThan(1);
  beside.close();
});

test('import --locale puts everything into one locale, and refuses one that the project does not have', async () => {
  const file = write('articles.jsonl', ARTICLES.slice(0, 1));
  const { code, stderr } = await related('import', '--file', file, '--locale', 'de');
  expect(code).toBe(1);
  expect(stderr).toMatch(/--locale: the project has no locale "de"/);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'on %s, import finishes the current article, stops, and says so',
  async (signal) => {
    const lines = Array.from({ length: 400 }, (_, at) => ({
      slug: `line-${at}`,
      title: `Line ${at}`,
    }));
    const file = write('many.jsonl', lines);
    const place = path.join(folder, 'test.db');
    const imported = () => {
      if (!fs.existsSync(place)) return 0;
      const database = new Database(place, { readonly: true });
      try {
        return (
          database.prepare('select count(*) as count from articles').get() as { count: number }
        ).count;
      } catch {
        return 0;
      } finally {
        database.close();
      }
    };
    let command: ChildProcess | undefined;
    const ended = runProcess(
      ['import', '--file', file],
      testEnvironment(folder),
      root,
      (started) => {
        command = started;
      },
    );
    while (imported() < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    command?.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/Stopping after this article[^]*Interrupted\. Run the command again/),
    ]);
    const [, count] = /^(\d+) created, 0 updated, 0 unchanged, 0 failed/m.exec(stdout) ?? [];
    expect(Number(count)).toBe(imported());
    expect(Number(count)).toBeLessThan(lines.length);
  },
);

test('import keeps fields that a line does not name, and an editor’s unpublished changes', async () => {
  const line = { slug: 'bread', title: 'Bread', body: 'Flour and water.', category: 'Food', tags: ['rye'] }; // prettier-ignore
  const bring = async (lines: object[], ...options: string[]) => {
    const { stdout, stderr } = await related('import', '--file', write('lines.jsonl', lines), '--publish', ...options); // prettier-ignore
    return `${stdout}${stderr}`;
  };
  await bring([line, { slug: 'moon', title: 'Moon', body: 'Craters.' }]);
  expect(await bring([{ slug: 'bread', title: 'Rye bread' }])).toMatch(/1 updated/);
  expect(await bring([{ slug: 'moon', title: 'Moon', body: null }])).toMatch(/1 updated/);
  expect(await bring([{ slug: 'moon', title: 'Moon' }])).toMatch(/1 unchanged/);
  const wrong: [object, RegExp][] = [
    [
      { text: 'Another name' },
      /there is no field "text", so its value would be lost. Known: "slug"/,
    ],
    [{ Body: 'Another case' }, /there is no field "Body".* Did you mean "body"/],
    [{ publishedAt: '2026-02-30' }, /publishedAt: expected an ISO date/],
    [{ publishedAt: '7' }, /publishedAt: expected an ISO date/],
  ];
  const said = await bring(
    wrong.map(([other], at) => ({ slug: `${at}`, title: 'Other', ...other })),
  );
  for (const [at, [, reason]] of wrong.entries()) {
    expect(said).toMatch(new RegExp(`^line ${at + 1}: .*${reason.source}`, 'm'));
  }

  const site = await startStrapi(folder);
  const articles = site.strapi.documents('api::article.article');
  const find = (slug: string, status: 'draft' | 'published') =>
    articles.findFirst({ filters: { slug }, status, populate: ['category', 'tags', 'relatedArticles'] } as never); // prettier-ignore
  const bread = await find('bread', 'published');
  expect(bread).toMatchObject({ title: 'Rye bread', body: line.body, category: { name: 'Food' } });
  expect((bread as { tags?: unknown } | null)?.tags).toHaveLength(1);
  const moon = await find('moon', 'published');
  expect(moon?.body).toBeNull();
  const update = (documentId: string, data: object) => articles.update({ documentId, data } as never); // prettier-ignore
  await update(bread?.documentId as string, { body: 'Half of a sen' });
  await update(moon?.documentId as string, { relatedArticles: [bread?.documentId] });
  await site.strapi.destroy();

  const lines = [
    { ...line, body: 'Imported' },
    { slug: 'moon', title: 'Full moon' },
  ];
  const refused = await bring(lines);
  expect(refused).toMatch(/^line 1: .*not published \(body\).*--overwrite/m);
  expect(refused).toMatch(/^line 2: .*not published \(relatedArticles\)/m);
  expect(refused).toMatch(/0 updated, 0 unchanged, 2 failed/);
  expect(await bring(lines, '--overwrite')).toMatch(/2 updated/);
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

test('import refuses values that some databases cannot hold', async () => {
  const refused: [string, unknown, RegExp][] = [
    ['title', 'A\0', /title: expected text without NUL/],
    ['body', 'half \ud83c a sign', /body: expected text without NUL/],
    ['tags', ['\udf19'], /tags\.0: expected text without NUL/],
    ['publishedAt', '0000-01-01', /publishedAt: expected an ISO date/],
    ['publishedAt', '2026-03-01T24:00:00Z', /publishedAt: expected an ISO date/],
  ];
  const lines = refused.map(([field, value], at) => ({
    slug: `${at}`,
    title: 'One',
    [field]: value,
  }));
  const { code, stdout, stderr } = await related('import', '--file', write('lines.jsonl', lines));
  expect(code).toBe(1);
  for (const [at, [, , reason]] of refused.entries()) {
    expect(stderr).toMatch(new RegExp(`^line ${at + 1}: .*${reason.source}`, 'm'));
  }
  expect(stdout).toMatch(/^0 created, 0 updated, 0 unchanged, 5 failed/m);
});

test('an import waits until another one has ended or has been silent for a while', async () => {
  const file = write('lines.jsonl', [{ slug: 'one', title: 'One' }]);
  const database = new Database(path.join(folder, 'test.db'));
  expect((await related('import', '--file', file)).stderr).not.toMatch(/Waiting/);
  const held = database.prepare("update related_articles_leases set holder = 'other', expires_at = ? where name = 'import'"); // prettier-ignore
  expect(held.run(Date.now() + 15_000).changes).toBe(1);
  database.close();
  const { code, stdout, stderr } = await related('import', '--file', file);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 created, 0 updated, 1 unchanged/m)]);
  expect(stderr).toMatch(/^Waiting for another import to end …$/m);
});
