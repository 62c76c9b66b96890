import type { Desk, Office } from './admin-page';

const PAGES = [
  ['the front page', '/'],
  ['an article', '/articles/an-evening-on-the-moon'],
  ['a subject', '/categories/night-sky'],
  ['in German', '/articles/einen-sauerteig-ansetzen'],
  ['nothing', '/articles/an-evening-with-the-moon'],
] as const;

/** The demo's site for readers. */
export function describeSite(officeOf: () => Office): void {
  describe('the site', () => {
    let desk: Desk;
    beforeAll(async () => {
      const account = await officeOf().hire('Rea', 'strapi-super-admin');
      desk = await officeOf().desk({ account });
      await desk.page.addInitScript(() => {
        const seen = window as unknown as { shift: number };
        seen.shift = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            seen.shift += (entry as unknown as { value: number }).value;
          }
        }).observe({ type: 'layout-shift', buffered: true });
      });
    });
    afterAll(() => desk?.page.context().close());

    test.each([
      [390, 'light'],
      [390, 'dark'],
      [1280, 'light'],
      [1920, 'dark'],
    ] as const)('at %s, %s: nothing moves or sticks out, no faults', async (width, scheme) => {
      const { page } = desk;
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      const bytes: string[] = [];
      for (const [name, path] of PAGES) {
        let size = 0;
        const count = async (response: { body(): Promise<Buffer> }) => {
          size += (await response.body().catch(() => Buffer.alloc(0))).length;
        };
        page.on('response', count);
        await page.goto(`${officeOf().base}${path}`, { waitUntil: 'networkidle' });
        page.off('response', count);
        bytes.push(`${name} ${(size / 1000).toFixed(0)} kB`);
        expect([name, await desk.faultsIn('body')]).toEqual([name, []]);
        const { shift, sticksOut } = await page.evaluate(() => ({
          shift: (window as unknown as { shift: number }).shift,
          sticksOut: document.documentElement.scrollWidth > window.innerWidth,
        }));
        expect({ name, shift, sticksOut }).toEqual({ name, shift: 0, sticksOut: false });
      }
      console.log(`The site at ${width}, ${scheme}: ${bytes.join(', ')}`);
    });

    test('an article links to the same related articles as REST, and says why', async () => {
      const { page } = desk;
      const { base } = officeOf();
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(`${base}/articles/an-evening-on-the-moon`);
      await desk.picture('site');
      const links = page.locator('aside li a');
      const served = await officeOf().served(await officeOf().idOf('an-evening-on-the-moon'));
      expect(await links.allTextContents()).toEqual(served);
      expect(
        await page
          .getByText(/^Shared words:/)
          .first()
          .isVisible(),
      ).toBe(false);
      await page.getByText('Why these?').click();
      await page
        .getByText(/^Shared words: .*moon/)
        .first()
        .waitFor();
      await links.first().click();
      await page.getByRole('heading', { level: 1, name: served[0] }).waitFor();
      await page.getByRole('link', { name: 'Night Sky' }).first().click();
      await page.getByRole('heading', { level: 1, name: 'Night Sky' }).waitFor();
    });

    test('a wrong address says so, with the one probably meant', async () => {
      const { page } = desk;
      const response = await page.goto(`${officeOf().base}/articles/an-evening-with-the-moon`);
      expect(response?.status()).toBe(404);
      await page.getByRole('link', { name: 'An evening on the Moon' }).click();
      await page.getByRole('heading', { level: 1, name: 'An evening on the Moon' }).waitFor();
      for (const path of [
        '/%ff',
        '/articles/%3Cscript%3E',
        '/de/nichts',
        '/articles/',
        '/---',
        '/articles/%00',
        '/administration',
        '/articles/the-last-ferryman',
      ]) {
        const wrong = await fetch(`${officeOf().base}${path}`);
        expect([path, wrong.status]).toEqual([path, 404]);
        expect(await wrong.text()).not.toContain('<script');
      }
    });

    test('the other language is one click away', async () => {
      const { page } = desk;
      await page.goto(`${officeOf().base}/articles/einen-sauerteig-ansetzen`);
      expect(await page.locator('html').getAttribute('lang')).toBe('de');
      await page.getByRole('link', { name: 'English' }).click();
      await page.getByRole('heading', { level: 1, name: /sourdough/i }).waitFor();
      await page.getByRole('link', { name: 'Deutsch' }).click();
      await page.getByRole('heading', { level: 1, name: /Sauerteig/ }).waitFor();
    });
  });
}
