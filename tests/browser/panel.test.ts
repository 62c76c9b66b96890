import path from 'node:path';
import type { Browser, Page } from 'playwright-core';

import { launch, openAdmin } from '../helpers/browser';
import { accountIn, Demo } from '../helpers/demo';

const IMAGES = path.resolve(__dirname, '../../docs/images');

let demo: Demo;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  demo = await Demo.create();
  const account = accountIn(await demo.start());
  browser = await launch();
  page = await openAdmin(browser, demo.base, account);
});
afterAll(async () => {
  await browser?.close();
  await demo?.remove();
});

async function open(slug: string, locale = 'en'): Promise<void> {
  const response = await fetch(
    `${demo.base}/api/articles?filters[slug]=${slug}&locale=${locale}&fields=title`,
  );
  const { data } = await response.json();
  await page.goto(
    `${demo.base}/admin/content-manager/collection-types/api::article.article/${data[0].documentId}?plugins[i18n][locale]=${locale}`,
  );
}

const rows = () =>
  page
    .getByRole('list')
    .filter({ has: page.getByRole('img', { name: /Strength/ }) })
    .getByRole('listitem');

test('the panel shows what is related and why, and follows a save', async () => {
  await open('an-evening-on-the-moon');
  await rows().first().waitFor();
  expect(await rows().first().innerText()).toMatch(
    /Choosing a first telescope[\s\S]*link to each other[\s\S]*category: Night Sky[\s\S]*words: /,
  );
  if (process.env.UPDATE_IMAGES) {
    const close = page.getByRole('button', { name: /close/i }).first();
    if (await close.isVisible()) await close.click();
    await page.screenshot({ path: path.join(IMAGES, 'panel.png') });
  }

  await page.getByLabel('title').fill('Sourdough bread from rye flour');
  await page.getByLabel('excerpt').fill('Sourdough starter, rye flour, loaf, crust and crumb.');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await rows().filter({ hasText: 'sourdough starter' }).first().waitFor();
});

test('a suggestion leads to its entry, in its locale', async () => {
  await open('einen-sauerteig-ansetzen', 'de');
  const link = rows().first().getByRole('link');
  expect(await link.innerText()).toBe('Ein Landbrot für jeden Tag');
  await link.click();
  await page.getByRole('heading', { name: 'Ein Landbrot für jeden Tag' }).waitFor();
  await rows().filter({ hasText: 'Einen Sauerteig ansetzen' }).first().waitFor();
});

test('a new entry says what to do, a category has no panel', async () => {
  await page.goto(
    `${demo.base}/admin/content-manager/collection-types/api::article.article/create`,
  );
  await page.getByText('Save the entry once to see what is related to it.').waitFor();
  const { data } = await (await fetch(`${demo.base}/api/categories?fields=name`)).json();
  await page.goto(
    `${demo.base}/admin/content-manager/collection-types/api::category.category/${data[0].documentId}`,
  );
  await page.getByLabel('name').waitFor();
  await page.waitForTimeout(500);
  expect(await page.getByText('RELATED', { exact: true }).count()).toBe(0);
});
