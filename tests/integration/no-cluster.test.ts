import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { runCommand } from '../helpers/command';
import { Editor } from '../helpers/editors';
import { ALL_READS, grantPublic, startStrapi, testEnvironment, type Running } from '../helpers/strapi'; // prettier-ignore
import { BREAD } from '../helpers/texts';

/* What editors, readers and commands get while the search cluster cannot be reached, from the first start on. */

const ARTICLE = 'api::article.article';
/** Nothing listens there. */
const NOWHERE = { RELATED_ARTICLES_SEARCH_NODES: 'http://127.0.0.1:9' };

let running: Running;
let editor: Editor;
let documentId: string;
let other: string;
beforeAll(async () => {
  running = await startStrapi(undefined, NOWHERE);
  await grantPublic(running.strapi, ALL_READS);
  editor = await Editor.create(running, 'Away');
  [documentId, other] = await Promise.all(
    ['Written all the same', 'Another one'].map(async (title) => {
      const data = { title, body: BREAD[0] };
      const written = await running.strapi.documents(ARTICLE).create({ data, status: 'published' });
      return written.documentId;
    }),
  );
}, 120_000);
afterAll(async () => {
  await running?.stop();
  delete process.env.RELATED_ARTICLES_SEARCH_NODES;
});

test('editors can save; lists and the overview answer with 503', async () => {
  const answers = {
    save: await editor.request('put', `/content-manager/collection-types/${ARTICLE}/${documentId}`, { title: 'Saved', body: BREAD[0] }), // prettier-ignore
    pins: await editor.curate(documentId, { pins: [other] }),
    list: await editor.suggestions({ documentId }),
    overview: await editor.request('get', '/related-articles/overview'),
    map: await editor.request('get', `/related-articles/overview/${ARTICLE}/map`),
  };
  const statuses = Object.entries(answers).map(([name, { status }]) => [name, status]);
  expect(Object.fromEntries(statuses)).toEqual({ save: 200, pins: 200, list: 503, overview: 503, map: 200 }); // prettier-ignore
  expect(answers.list.body.error.message).toBe('The index cannot be reached');
});

test('readers get a 503 as well', async () => {
  const { status, body } = await running.http.get(`/api/articles/${documentId}/related`);
  expect([status, body.error.message]).toEqual([503, 'The index cannot be reached']);
});

test('a command ends and says why', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-away-'));
  try {
    const { code, stderr } = await runCommand(['status'], { ...testEnvironment(folder), ...NOWHERE }); // prettier-ignore
    expect([code, stderr]).toEqual([1, expect.stringMatching(/The index cannot be reached: .*127\.0\.0\.1:9/)]); // prettier-ignore
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
