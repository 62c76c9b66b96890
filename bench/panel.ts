import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { appOf } from 'plugin/app';
import type { ArticleLine } from 'plugin/cli/articles-file';

import { launch, openAdmin } from '../tests/helpers/browser';
import { createAdministrator, running } from '../tests/helpers/strapi';
import { insertArticles } from './rows';
import { createSite } from './site';
import { quantile, table } from './table';

const LIST = '/admin/content-manager/collection-types/api::article.article?pageSize=50';
const OPENED = 30;
const ALONE = 100;
/** What the panel says if nothing is related to an entry, as for a few of the generated ones. */
const EMPTY = 'No close matches yet.';

export interface PanelRow {
  what: string;
  medianMs: number;
  p95Ms: number;
}

/** When each step of opening an article was reached, in milliseconds after the click. */
interface Opening {
  /** The form is there. */
  form: number;
  /** Strapi shows the panels next to it. */
  panels: number;
  /** The panel's first list is there. */
  list: number;
  /** How long the panel's request took, as the browser saw it. */
  request: number;
}

/**
 * Measures how long an editor waits for the panel's first list, in Chromium, with a production build of the admin panel
 * and the server on one machine: opens articles from the list of articles, one after the other.
 */
export async function measurePanel(
  root: string,
  sources: readonly ArticleLine[],
  size: number,
): Promise<PanelRow[]> {
  const { folder, load } = createSite(root);
  const browser = await launch();
  try {
    const empty = await load();
    await insertArticles(empty, sources, size, true);
    await empty.destroy();
    const strapi = await load();
    const { email, password, token } = await createAdministrator(running(strapi, folder));
    const { httpServer } = strapi.server;
    await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
    await appOf(strapi).index.idle();

    const page = await openAdmin(browser, base, { email, password }, { height: 2400 });
    const openings: Opening[] = [];
    // The first one also loads the scripts of the form.
    for (let at = 0; at <= OPENED; at += 1) {
      const opening = await open(page, base, at);
      if (at > 0) openings.push(opening);
    }
    const alone: number[] = [];
    for (let at = 0; at < ALONE; at += 1) alone.push(await ask(base, token, `article-${at}`));
    await strapi.destroy();
    const row = (what: string, of: (opening: Opening) => number) => rowOf(what, openings.map(of));
    return [
      row('from the click to the form', ({ form }) => form),
      row("to Strapi's panels beside it", ({ panels }) => panels),
      row('to the list', ({ list }) => list),
      row('from the form to the list', ({ form, list }) => list - form),
      row('from the panels to the list', ({ panels, list }) => list - panels),
      row('the request of the list', ({ request }) => request),
      rowOf('the same without others at once', alone.slice(ALONE / 2)),
    ];
  } finally {
    await browser.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(what: string, milliseconds: readonly number[]): PanelRow {
  const times = [...milliseconds].sort((a, b) => a - b);
  return { what, medianMs: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

async function ask(base: string, token: string, documentId: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${base}/related-articles/suggestions/api::article.article`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ documentId }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return performance.now() - started;
}

/** Opens an article and watches from the click on, frame by frame, inside the page. */
async function open(page: Page, base: string, at: number): Promise<Opening> {
  await page.goto(`${base}${LIST}`);
  const row = page.locator('tbody tr').nth(at);
  await row.waitFor();
  await page.evaluate((empty) => {
    performance.setResourceTimingBufferSize(5000);
    const opening = new Promise<Opening>((resolve) => {
      document.addEventListener(
        'click',
        () => {
          const clicked = performance.now();
          let form = 0;
          let panels = 0;
          const look = () => {
            const now = performance.now() - clicked;
            if (!form && document.querySelector('input[name=title]')) form = now;
            if (!panels && document.querySelector('aside h2')) panels = now;
            const isThere =
              document.querySelector('ol[aria-label^="Related entries"] > li') ??
              document.querySelector('aside')?.parentElement?.textContent?.includes(empty);
            if (form && panels && isThere) {
              const request = performance
                .getEntriesByType('resource')
                .find(({ name }) => name.includes('/related-articles/suggestions/'));
              resolve({ form, panels, list: now, request: request?.duration ?? 0 });
            } else requestAnimationFrame(look);
          };
          look();
        },
        { capture: true, once: true },
      );
    });
    Object.assign(window, { opening });
  }, EMPTY);
  await row.click();
  await page.getByText('Appears in', { exact: true }).waitFor();
  return page.evaluate(() => (window as unknown as { opening: Promise<Opening> }).opening);
}

export function describePanel(rows: readonly PanelRow[]): string {
  return table(
    rows.map(({ what, medianMs, p95Ms }) => ({
      what,
      'median ms': medianMs.toFixed(0),
      'p95 ms': p95Ms.toFixed(0),
    })),
  );
}
