import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';

import { runCommand } from '../helpers/command';
import { testEnvironment } from '../helpers/strapi';

/* The command `related-articles webhook`: makes a webhook in Strapi for the event related.changed. */

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-cli-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

async function webhook(url: string, isOn = true, secret?: string): Promise<string> {
  const env = { ...testEnvironment(folder), RELATED_ARTICLES_CHANGED_EVENT: String(isOn) };
  const more = secret === undefined ? [] : ['--secret', secret];
  const { code, stdout, stderr } = await runCommand(['webhook', '--url', url, ...more], env);
  return code === 0 ? stdout : `${code} ${stderr}`;
}

test('makes one webhook, once; refuses invalid addresses, and says if the event is switched off', async () => {
  expect(await webhook('example.org')).toMatch(/^1 error: --url: expected an address/);
  expect(await webhook('https://me:secret@example.org/hook')).toMatch(/^1 error: --url: expected an address without a user/); // prettier-ignore
  const long = await runCommand(['webhook', '--url', 'https://example.org', '--name', 'n'.repeat(256)], testEnvironment(folder)); // prettier-ignore
  expect([long.code, long.stderr]).toEqual([1, expect.stringMatching(/--name: expected at most 255 characters, got 256/)]); // prettier-ignore
  expect(await webhook('https://example.org/hook')).toMatch(/^Created "Related articles"/);
  expect(await webhook('HTTPS://example.org/hook')).toMatch(/already/);
  expect(await webhook('https://example.org/other', false, 'a secret')).toMatch(/^1 error: --secret: expected/); // prettier-ignore
  expect(await webhook('https://example.org/other', false, 's3cret')).toMatch(/^Created .*\nThe event is switched off in this configuration/); // prettier-ignore
  expect(await webhook('https://example.org/other', false, 'an0ther')).toMatch(/it has the new secret/); // prettier-ignore
  const database = new Database(path.join(folder, 'test.db'));
  const rows = database
    .prepare('select name, url, headers, events, enabled from strapi_webhooks')
    .all();
  database.close();
  expect(rows).toEqual([
    { name: 'Related articles', url: 'https://example.org/hook', headers: '{}', events: '["related.changed"]', enabled: 1 }, // prettier-ignore
    { name: 'Related articles', url: 'https://example.org/other', headers: '{"Authorization":"Bearer an0ther"}', events: '["related.changed"]', enabled: 1 }, // prettier-ignore
  ]);
});

test('uninstall takes the event out of a webhook that also has an unknown event', async () => {
  const database = new Database(path.join(folder, 'test.db'));
  const events = (list: string[]) =>
    database.prepare("update strapi_webhooks set events = ? where url like '%other'").run(JSON.stringify(list)); // prettier-ignore
  events(['related.changed', 'review-workflows.updateEntryStage']);
  const { code, stderr } = await runCommand(['uninstall', '--yes'], testEnvironment(folder));
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const rows = database.prepare('select url, events from strapi_webhooks').all();
  database.close();
  expect(rows).toEqual([
    { url: 'https://example.org/other', events: '["review-workflows.updateEntryStage"]' },
  ]);
});
