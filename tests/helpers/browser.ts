import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Debian's Chromium, with flags that keep it from calling home. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Works on a page; a failure says what the page showed, and which requests went wrong. */
export async function onPage(page: Page, work: () => Promise<void>): Promise<void> {
  const troubles: string[] = [];
  page.on('pageerror', ({ message }) => troubles.push(message));
  page.on('requestfailed', (request) =>
    troubles.push(`${request.url()}: ${request.failure()?.errorText}`),
  );
  page.on('response', (response) => {
    if (response.status() >= 400) troubles.push(`${response.url()}: ${response.status()}`);
  });
  try {
    await work();
  } catch (error) {
    const shown = await page.innerText('body').catch(String);
    const place = page.url();
    throw new Error([String(error), `At ${place}:`, shown, ...troubles].join('\n'), {
      cause: error,
    });
  }
}

export interface Account {
  email: string;
  password: string;
}

export interface AdminOptions {
  /** Of the admin panel. Default: English, light. */
  language?: string;
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
}

/** A page that is logged in to the admin panel, without Strapi's guided tour and its advertisement in the way. */
export async function openAdmin(
  browser: Browser,
  base: string,
  { email, password }: Account,
  { language = 'en', theme = 'light', width = 1280, height = 900 }: AdminOptions = {},
): Promise<Page> {
  const options: BrowserContextOptions = {
    viewport: { width, height },
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
  };
  const context = await browser.newContext(options);
  const { data } = await (await fetch(`${base}/admin/init`)).json();
  await context.addInitScript(
    ([chosenLanguage, chosenTheme, uuid]) => {
      // Strapi keeps this for each instance, and for "undefined" before it knows which instance this is.
      for (const instance of [uuid, 'undefined']) {
        for (const isLegacy of [true, false]) {
          localStorage.setItem(`STRAPI_MEDIA_LIBRARY_BANNER_DISMISSED_FOR_${isLegacy}:${instance}`, 'true'); // prettier-ignore
        }
      }
      localStorage.setItem(
        'STRAPI_GUIDED_TOUR',
        '{"enabled":false,"hidden":true,"tours":{},"completedActions":[]}',
      );
      localStorage.setItem('strapi-admin-language', chosenLanguage);
      localStorage.setItem('STRAPI_THEME', chosenTheme);
    },
    [language, theme, String(data.uuid)],
  );
  const page = await context.newPage();
  await page.goto(`${base}/admin`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/admin\/?(\?.*)?$/);
  // Strapi 5.0 renews its token now, and logs out if the next page cuts that off.
  await page.waitForLoadState('networkidle');
  return page;
}
