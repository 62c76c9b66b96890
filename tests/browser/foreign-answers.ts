import type { Desk, Office } from './admin-page';

const ALL = (url: URL) => url.pathname.startsWith('/related-articles/');

/** Answers that are not Strapi's: login or maintenance pages of a proxy or firewall. Uses another test's desk. */
export function describeForeignAnswers(officeOf: () => Office, deskOf: () => Desk): void {
  describe('answers that do not come from Strapi', () => {
    const ANSWERS = [
      ['a page', { contentType: 'text/html', body: '<h1>Log in</h1>' }],
      ['nothing', { body: '' }],
      ['other JSON', { contentType: 'application/json', body: '{"maintenance":true}' }],
    ] as const;

    test.each(ANSWERS)(
      '%s: the form stays, and the list comes back by itself',
      async (_name, answer) => {
        const desk = deskOf();
        const { page } = desk;
        await desk.open('counting-the-perseids');
        const before = await desk.until((titles) => titles.length === 5);
        const field = page.getByLabel('Excerpt');
        const typed = `${await field.inputValue()} And more`;
        let count = 0;
        await page.route(ALL, (route) => {
          count += 1;
          return route.fulfill({ status: 200, ...answer });
        });
        await field.fill(typed);
        await page.waitForTimeout(2000);
        await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        await page.getByRole('combobox', { name: 'Pin another entry' }).fill('moon');
        await page.getByText('The search failed. Try again.').waitFor();
        await desk.button(`Pin: ${before[4]}`).click();
        await desk.says(/Couldn't save: something other than Strapi answered/);
        expect(count).toBeGreaterThan(3);
        expect(await field.inputValue()).toBe(typed);
        await page.unroute(ALL);
        await desk.button('Try again').last().click();
        await desk.says(`Pinned: ${before[4]}`);
        await desk.until((titles) => titles[0] === `*${before[4]}`);
        await desk.undo();
        await desk.until((titles) => titles.length === 5 && !titles[0].startsWith('*'));
        await page.getByRole('combobox', { name: 'Pin another entry' }).fill('');
        expect(await field.inputValue()).toBe(typed);
      },
    );

    test('the overview and the settings say so', async () => {
      const { page } = deskOf();
      await page.route(ALL, (route) => route.fulfill({ status: 200, ...ANSWERS[0][1] }));
      for (const place of ['', '/settings']) {
        await page.goto(`${officeOf().base}/admin/plugins/related-articles${place}`);
        await page
          .getByText(/omething other than Strapi answered/)
          .first()
          .waitFor();
      }
      await page.unroute(ALL);
    });
  });
}
