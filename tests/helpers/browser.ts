import { chromium, type Browser, type Page } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Debian's Chromium; the flags keep it from calling home. */
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

/** A page that is logged in to the admin panel, without Strapi's guided tour in the way. */
export async function openAdmin(
  browser: Browser,
  base: string,
  { email, password }: { email: string; password: string },
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
  });
  await context.addInitScript(() => {
    localStorage.setItem(
      'STRAPI_GUIDED_TOUR',
      '{"enabled":false,"hidden":true,"tours":{},"completedActions":[]}',
    );
  });
  const page = await context.newPage();
  await page.goto(`${base}/admin`);
  await page.getByLabel(/email/i).fill(email);
  await page.getByLabel(/^password/i).fill(password);
  await page.getByRole('button', { name: /login/i }).click();
  await page.waitForURL(/\/admin\/?(\?.*)?$/);
  return page;
}
