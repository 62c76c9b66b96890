import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { appOf } from 'plugin/app';
import { warnOfUnknownLocales } from 'plugin/config/locale-keys';
import { PART_NAMES } from 'plugin/engine/ranking/weights';

import { Editor } from '../helpers/editors';
import { startSite } from '../helpers/site';
import { createToken, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

const RECIPE = 'api::recipe.recipe';

type Data = Record<string, unknown>;

function recipes(site: Running) {
  return site.strapi.documents(RECIPE as never) as unknown as {
    create(params: { data: Data; locale: string; status: string }): Promise<{ documentId: string }>;
    update(params: {
      documentId: string;
      data: Data;
      locale: string;
      status: string;
    }): Promise<unknown>;
  };
}

async function publish(site: Running, locale: string, data: Data): Promise<string> {
  const created = await recipes(site).create({ data, locale, status: 'published' });
  return created.documentId;
}

async function addLocales(site: Running, ...codes: string[]): Promise<void> {
  for (const code of codes) {
    await site.strapi.plugin('i18n').service('locales').create({ code, name: code });
  }
}

test('an administrator has a live list, whatever kinds of fields and relations a type has', async () => {
  const site = await startSite();
  try {
    const chief = await Editor.create(site, 'Chief');
    for (const uid of ['api::podcast.podcast', RECIPE, 'api::fact.fact']) {
      const { meta } = await chief.list({ values: {} }, uid);
      expect({ uid, isLive: meta.isLive }).toEqual({ uid, isLive: true });
    }
  } finally {
    await site.stop();
  }
});

describe('recipes in several locales', () => {
  let site: Running;
  let token: string;

  beforeAll(async () => {
    site = await startSite();
    await addLocales(site, 'de', 'ja', 'x-klingon');
    token = await createToken(site.strapi, 'full-access');
  });

  afterAll(() => site.stop());

  test('refuses queries for columns that components do not have', async () => {
    const documentId = await publish(site, 'en', { dish: 'Plain rice', ingredients: [{ item: 'rice' }] }); // prettier-ignore
    const ask = (question: string) =>
      site.http.get(`/api/recipes/${documentId}/related?${question}`).set('Authorization', `Bearer ${token}`); // prettier-ignore
    for (const question of [
      'filters[ingredients][documentId]=x',
      'filters[ingredients][amount][documentId][$notNull]=true',
      'populate[ingredients][fields]=documentId',
      'populate[ingredients][fields][0]=documentId',
      'populate[ingredients][filters][documentId]=x',
      'populate[ingredients][sort]=documentId',
      'populate[ingredients][sort][documentId]=asc',
      'populate[ingredients][populate][amount][fields]=documentId',
    ]) {
      expect([question, (await ask(question)).status]).toEqual([question, 400]);
    }
    for (const question of ['populate[ingredients][fields]=item', 'filters[ingredients][item]=rice', 'populate[ingredients][sort]=item']) {
      expect([question, (await ask(question)).status]).toEqual([question, 200]);
    } // prettier-ignore
  });

  async function related(documentId: string, locale: string) {
    await site.settled();
    const { status, body } = await site.http
      .get(`/api/recipes/${documentId}/related?locale=${locale}&explain=true&minScore=0`)
      .set('Authorization', `Bearer ${token}`);
    expect({ status, error: body.error }).toEqual({ status: 200, error: undefined });
    return body as {
      data: { documentId: string; locale: string; dish: string }[];
      meta: {
        related: {
          documentId: string;
          explanation: { links: { toSuggestion: boolean }; signals: Record<string, number> };
        }[];
      };
    };
  }

  test.each([
    ['en', '/recipes/target-en', '/rezepte/target-en'],
    ['de', '/rezepte/target-de', '/recipes/target-de'],
    ['ja', '/ja/recipes/target-ja', '/en/recipes/target-ja'],
  ])('links are recognised by the address of the locale: %s', async (locale, right, wrong) => {
    const target = await publish(site, locale, {
      dish: `Target ${locale}`,
      handle: `target-${locale}`,
    });
    for (const [url, linked] of [
      [right, true],
      [`https://example.org${right}?a=b#c`, true],
      [wrong, false],
    ] as const) {
      const source = await publish(site, locale, {
        dish: 'Source',
        handle: `source-${Math.random()}`.replace('.', '-'),
        method: `[see](${url})`,
      });
      const { meta } = await related(source, locale);
      const entry = meta.related.find(({ documentId }) => documentId === target);
      expect({ url, linked: entry?.explanation.links.toSuggestion ?? false }).toEqual({
        url,
        linked,
      });
    }
  });

  test('documents are related within their locale, by its language', async () => {
    const ids: Record<string, string[]> = {};
    for (const [locale, texts] of Object.entries({
      en: ['Baked apples', 'An apple is baked in the oven'],
      de: ['Gebackene Äpfel', 'Ein Apfel bäckt im Ofen'],
      ja: ['焼きりんご', 'りんごをオーブンで焼く'],
    })) {
      ids[locale] = [];
      for (const [i, text] of texts.entries()) {
        ids[locale].push(
          await publish(site, locale, { dish: text, handle: `apple-${locale}-${i}` }),
        );
      }
      const { data } = await related(ids[locale][0], locale);
      expect(data[0]).toMatchObject({ documentId: ids[locale][1], locale });
    }
  });

  test('an entry without a date fills a short list last, rather than never', async () => {
    const ids: Record<string, string> = {};
    for (const [dish, testedOn] of [
      ['Quince', null],
      ['Radish', '2020-01-01'],
      ['Salsify', null],
      ['Turnip', '2021-01-01'],
    ] as const) {
      ids[dish] = await publish(site, 'ja', { dish, handle: dish.toLowerCase(), testedOn });
    }
    await site.settled();
    const { body } = await site.http
      .get(`/api/recipes/${ids.Quince}/related?locale=ja&fallback=newest&pagination[limit]=50&fields=dish`)
      .set('Authorization', `Bearer ${token}`); // prettier-ignore
    const dishes = body.data.map(({ dish }: Data) => dish) as string[];
    const own = dishes.filter((dish) => dish in ids);
    expect(own).toEqual(['Turnip', 'Radish', 'Salsify']);
    for (const documentId of Object.values(ids)) await site.strapi.documents(RECIPE as never).delete({ documentId, locale: 'ja' }); // prettier-ignore
  });

  test('a locale in an unknown language is compared as written, with one warning', async () => {
    const warn = jest.spyOn(site.strapi.log, 'warn');
    const one = await publish(site, 'x-klingon', { dish: 'Qagh gagh', handle: 'k-1' });
    const two = await publish(site, 'x-klingon', { dish: 'gagh', handle: 'k-2' });
    expect((await related(one, 'x-klingon')).data.map(({ documentId }) => documentId)).toEqual([
      two,
    ]);
    const warnings = warn.mock.calls.filter(([message]) => String(message).includes('x-klingon'));
    expect(warnings).toEqual([[expect.stringContaining('"languages" in config/plugins')]]);
    warn.mockRestore();
  });

  test('names a key that is not a locale, but not one that may be added', async () => {
    const warn = jest.spyOn(site.strapi.log, 'warn');
    const { config } = appOf(site.strapi);
    const languages = { en: 'en', fr: 'fr', jq: 'ja', 'x-klingon': 'en' } as const;
    await warnOfUnknownLocales(site.strapi, { ...config, languages });
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringMatching(
        /languages: "jq" is not a locale of this project, .* Did you mean "ja"\?/,
      ),
    ]);
    warn.mockRestore();
  });

  test('a custom signal orders the list and appears in its reasons', async () => {
    const dish = (name: string, difficulty: string) =>
      publish(site, 'en', {
        dish: name,
        handle: name.toLowerCase().replaceAll(' ', '-'),
        difficulty,
      });
    const source = await dish('Parsnip gratin one', 'hard');
    await dish('Parsnip gratin two', 'easy');
    const hard = await dish('Parsnip gratin three', 'hard');
    const { data, meta } = await related(source, 'en');
    expect(data[0].documentId).toBe(hard);
    expect(meta.related[0].explanation.signals.effort).toBeGreaterThan(0);
    expect(meta.related[1].explanation.signals.effort).toBe(0);
    // The attributes that the signal uses are read again with the document.
    await recipes(site).update({
      documentId: hard,
      locale: 'en',
      data: { difficulty: 'easy' },
      status: 'published',
    });
    const after = await related(source, 'en');
    const entry = after.meta.related.find(({ documentId }) => documentId === hard);
    expect(entry?.explanation.signals.effort).toBe(0);
  });
});

test.each<[string, unknown, string]>([
  [
    'throws',
    () => {
      throw new Error('no oven');
    },
    'no oven',
  ],
  ['returns no number', () => 'much', 'it returned much'],
  ['returns no finite number', () => 1 / 0, 'it returned Infinity'],
  ['returns a promise', async () => 1, 'it returned a promise'],
  [
    'returns a promise that fails',
    async () => {
      throw new Error('later');
    },
    'it returned a promise',
  ],
  [
    'returns a query that fails',
    () => ({ then: (_: unknown, fail: (error: Error) => void) => fail(new Error('later')) }),
    'it returned a promise',
  ],
])(
  'a signal that %s is named in the log and left out, and the list is still answered',
  async (_what, score, reason) => {
    const site = await startSite(({ contentTypes }) => {
      contentTypes[RECIPE].signals = {
        broken: { weight: 5, score },
        handy: { weight: 1, attributes: ['difficulty'], score: () => 0.5 },
      };
    });
    try {
      await grantPublic(site.strapi, [RELATED_FIND, `${RECIPE}.find`]);
      const ids = [];
      for (const i of [1, 2, 3])
        ids.push(await publish(site, 'en', { dish: `Rice and peas ${i}`, handle: `rice-${i}` }));
      await site.settled();
      const error = jest.spyOn(site.strapi.log, 'error').mockReturnValue(site.strapi.log);
      for (let i = 0; i < 3; i += 1) {
        const { status, body } = await site.http.get(`/api/recipes/${ids[0]}/related?explain=true`);
        expect(status).toBe(200);
        expect(body.data).toHaveLength(2);
        expect(body.meta.related[0].explanation.signals).toMatchObject({
          broken: 0,
          handy: expect.any(Number),
        });
        expect(body.meta.related[0].explanation.signals.handy).toBeGreaterThan(0);
      }
      expect(error.mock.calls).toEqual([
        [expect.stringMatching(new RegExp(`"broken" of ${RECIPE}.*${reason}`))],
      ]);
      error.mockRestore();
    } finally {
      await site.stop();
    }
  },
);

describe('weights that were fitted to the site', () => {
  const file = 'config/related-articles.weights.json';
  const parts = (weight: number) =>
    Object.fromEntries(PART_NAMES.map((part) => [part, part === 'ending' ? weight : 0]));
  const fitted = { on: '2026-11-24', judgements: 100, before: 0.5, after: 0.6 };
  const startWith = (weights: object | string) =>
    startSite((_config, appDir) =>
      fs.writeFileSync(
        path.join(appDir, file),
        typeof weights === 'string' ? weights : JSON.stringify(weights),
      ),
    );

  test('order the lists of the running server, and are named if their type is not configured', async () => {
    const site = await startWith({
      [RECIPE]: { parts: parts(100), fitted },
      'api::gone.gone': { parts: parts(1), fitted },
    });
    try {
      await grantPublic(site.strapi, [RELATED_FIND, `${RECIPE}.find`]);
      const ids: Record<string, string> = {};
      for (const dish of [
        'Leek pie',
        'Leek pie leek pie tart',
        'Plum pie',
        'Rice soup',
        'Beef stew',
      ])
        ids[dish] = await publish(site, 'en', { dish, handle: dish.replaceAll(' ', '-') });
      await site.settled();
      const { body } = await site.http.get(
        `/api/recipes/${ids['Leek pie']}/related?minScore=0&explain=true`,
      );
      expect(body.data[0].documentId).toBe(ids['Plum pie']);
      expect(body.meta.related[0].explanation.signals.title).toBeGreaterThan(0.9);
    } finally {
      await site.stop();
    }
  });

  test('end the start if the file is not valid', async () => {
    await expect(
      startWith({ [RECIPE]: { parts: { ...parts(1), cosine: 'much' }, fitted } }),
    ).rejects.toThrow(/weights\.json[^]*api::recipe\.recipe\.parts\.cosine/);
  });
});

test('an invalid configuration ends the start, and names the nearest valid name', async () => {
  const start = startSite(({ contentTypes }) => {
    contentTypes['api::podcast.podcast'].text = {
      standfrist: 1,
      segments: { 'segment.tlk': 1, 'segment.quote': { lnie: 1 } },
      credits: { thanks: 1, internal: 1 },
    };
    contentTypes['api::imprint.imprint'] = { title: 'title' };
  });
  const message = await start.then(
    () => '',
    (error: Error) => error.message,
  );
  expect(message).toMatch(/no attribute "standfrist"\. Did you mean "standfirst"\?/);
  expect(message).toMatch(/no component "segment\.tlk"\. Did you mean "segment\.talk"\?/);
  expect(message).toMatch(/"segment\.quote" has no attribute "lnie"\. Did you mean "line"\?/);
  expect(message).toMatch(/attribute "credits\.internal" is private/);
  expect(message).toMatch(/"api::imprint\.imprint" is a single type/);
});

test('commands run where only what was built is left, as in a deployed TypeScript project', async () => {
  const site = await startSite();
  try {
    fs.mkdirSync(path.join(site.folder, 'dist'));
    for (const name of ['config', 'src']) {
      fs.renameSync(path.join(site.folder, name), path.join(site.folder, 'dist', name));
    }
    // What is commented out does not count.
    const config = path.join(site.folder, 'tsconfig.json');
    const text = fs.readFileSync(config, 'utf8');
    fs.writeFileSync(
      config,
      text.replace('"outDir"', '/* "outDir": "old", */ // "outDir": "build",\n"outDir"'),
    );
    const bin = path.join(process.cwd(), 'node_modules/.bin/related-articles');
    const { stdout } = await promisify(execFile)(bin, ['status'], {
      cwd: site.folder,
      env: { ...process.env, NODE_ENV: 'test' },
    });
    expect(stdout).toContain('api::recipe.recipe');
  } finally {
    await site.stop();
  }
}, 60_000);

test('import refuses a type without a slug: nothing would tell old from new', async () => {
  const site = await startSite();
  try {
    const run = promisify(execFile);
    // It contains JavaScript already.
    fs.rmSync(path.join(site.folder, 'tsconfig.json'));
    const file = path.join(site.folder, 'articles.jsonl');
    fs.writeFileSync(file, `${JSON.stringify({ slug: 'a', title: 'A', body: 'text' })}\n`);
    const bin = path.join(process.cwd(), 'node_modules/.bin/related-articles');
    for (const [type, reason] of [
      ['api::fact.fact', /error: api::fact\.fact has no slug configured/],
      ['api::recipe.recipe', /line 1: body: api::recipe\.recipe has no configured attribute/],
    ] as const) {
      const { stdout, stderr } = await run(bin, ['import', '--file', file, '--type', type], {
        cwd: site.folder,
        env: { ...process.env, NODE_ENV: 'test' },
      }).catch((error: { stdout: string; stderr: string }) => error);
      expect(stderr).toMatch(reason);
      expect(stdout).not.toMatch(/[1-9] created/);
    }
  } finally {
    await site.stop();
  }
}, 60_000);
