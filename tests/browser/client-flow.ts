import fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { transformSync } from 'esbuild';
import type { Remembered } from 'strapi-plugin-related-articles/client';

import type { Desk, Office } from './admin-page';

type Client = typeof import('strapi-plugin-related-articles/client');

const FILE = path.resolve('src/plugins/related-articles/dist/client/index.mjs');

/** The typed client on a page of another origin, as on a site of one's own. */
export function describeClient(officeOf: () => Office): void {
  describe('the client in a browser', () => {
    let desk: Desk;
    const site = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><title>A site</title>');
    });
    beforeAll(async () => {
      const account = await officeOf().hire('Cleo', 'strapi-super-admin');
      desk = await officeOf().desk({ account });
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    });
    afterAll(async () => {
      await desk?.page.context().close();
      site.closeAllConnections();
      await new Promise((resolve) => site.close(resolve));
    });

    test('asks, remembers, is refused and aborts across origins', async () => {
      const { page } = desk;
      const failed: string[] = [];
      page.on('pageerror', ({ message }) => failed.push(message));
      await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      const source = fs.readFileSync(FILE, 'utf8');
      const { code } = transformSync(source, { format: 'iife', globalName: 'client' });
      await page.addScriptTag({ content: code });
      const baseURL = `${officeOf().base}/api`;
      const told = await page.evaluate(async (at) => {
        const { related, RelatedError } = (globalThis as unknown as { client: Client }).client;
        const cache = new Map<string, Remembered>();
        const suggestions = related({ baseURL: at }, { cache });
        const ask = () => suggestions.related<{ title: string }>('articles', 'an-evening-on-the-moon', { fields: ['title'] }); // prettier-ignore
        const titles = (await ask()).data.map(({ title }) => title);
        const again = (await ask()).data.map(({ title }) => title);
        const refused = await suggestions.related('articles', 'no-such-article').catch((error) => error); // prettier-ignore
        const controller = new AbortController();
        const calledOff = suggestions.related('articles', 'an-evening-on-the-moon', {}, { signal: controller.signal }); // prettier-ignore
        controller.abort();
        return {
          titles,
          again,
          refused: refused instanceof RelatedError && refused.status,
          calledOff: await calledOff.catch(({ name }) => name),
          text: (await suggestions.relatedToText('articles', { title: 'The moon' })).data.length,
        };
      }, baseURL);
      const served = await officeOf().served(await officeOf().idOf('an-evening-on-the-moon'));
      expect(told.titles).toEqual(served);
      expect(told).toEqual({ titles: served, again: served, refused: 404, calledOff: 'AbortError', text: expect.any(Number) }); // prettier-ignore
      expect(told.text).toBeGreaterThan(0);
      expect(failed).toEqual([]);
    });
  });
}
