import type { Desk, Office } from './admin-page';

/** What editors see next to an entry, and how it follows what they write. */
export function describeSeeing(officeOf: () => Office): void {
  describe('see and understand', () => {
    let desk: Desk;
    beforeAll(async () => {
      desk = await officeOf().desk({ height: 1400 });
    });
    afterAll(() => desk.page.context().close());

    test('rows with category, date, strength and, on demand, reasons; axe finds nothing serious', async () => {
      await desk.open('an-evening-on-the-moon');
      await desk.rows.nth(4).waitFor();
      const first = desk.rows.first();
      expect(await first.innerText()).toMatch(
        /Choosing a first telescope\s+Strong\s+Night Sky · Mar 31, 2024/,
      );
      expect(await first.getByRole('img', { name: 'Your text links to it' }).count()).toBe(1);
      const card = await desk.card('Choosing a first telescope');
      expect(await card.innerText()).toMatch(
        /Night Sky · Mar 31, 2024[\s\S]*Strong[\s\S]*They link to each other\s+Same category: Night Sky[\s\S]*Shared words: .*telescope/,
      );
      await card
        .getByRole('img')
        .waitFor({ state: 'attached' })
        .catch(() => undefined);
      await desk.picture('card');
      await desk.page.keyboard.press('Escape');
      await desk.page.getByRole('button', { name: /Suggested on \d+ entries/ }).click();
      await desk.page.getByText(/^#1/).first().waitFor();
      expect(await desk.faults()).toEqual([]);
      await desk.picture('panel', { x: 296, y: 0, width: 984, height: 1200 });
    });

    test('the list follows what is typed, before anything is saved', async () => {
      const documentId = await desk.open('an-evening-on-the-moon');
      const served = await officeOf().served(documentId);
      await desk.until((titles) => titles.join() === served.join());
      await desk.page.getByLabel('title').fill('Sourdough bread from rye flour');
      await desk.page.getByLabel('excerpt').fill('Sourdough starter, rye flour, loaf, crust.');
      const typed = await desk.until((titles) => /sourdough/i.test(titles.join()));
      expect(typed).not.toEqual(served);
      expect(await officeOf().served(documentId)).toEqual(served);
    });

    test('the list follows an unsaved change of the category', async () => {
      await desk.open('an-evening-on-the-moon');
      await desk.rows.nth(4).waitFor();
      await desk.page.getByLabel('title').fill('Notes');
      await desk.page.getByLabel('excerpt').fill('');
      const reasons = async () => {
        const [title] = await desk.shown();
        const words = await (await desk.card(title)).innerText();
        await desk.page.keyboard.press('Escape');
        return words;
      };
      await desk.page.waitForTimeout(1000);
      expect(await reasons()).toMatch(/Same category: Night Sky/);
      const category = desk.page.getByRole('combobox', { name: /category/ });
      await category.click();
      await desk.page.getByRole('option', { name: 'Kitchen' }).click();
      await desk.until((titles) => titles.length > 0);
      await desk.page.waitForTimeout(1000);
      expect(await reasons()).not.toMatch(/Same category: Night Sky/);
    });

    test('a new entry says what would help, then has a list before it is saved', async () => {
      await desk.openNew();
      const start = 'Suggestions in English appear once you have written a title or some text.';
      await desk.page.getByText(start).waitFor();
      await desk.page.getByText('Save this entry to pin or hide suggestions.').waitFor();
      await desk.page.getByLabel('title').fill('An eclipse of the moon, seen through a telescope');
      await desk.until((titles) => titles.includes('An evening on the Moon'));
      await desk.picture('panel-new');
    });

    test('a form in another language names it, before anything is written and after', async () => {
      await desk.openNew('de');
      const start = 'Suggestions in German appear once you have written a title or some text.';
      await desk.page.getByText(start).waitFor();
      await desk.page.getByLabel('title').fill('Zyxwvu tsrqpo');
      const none = 'No close matches among the entries in German yet.';
      await desk.page.getByText(none).waitFor();
      await desk.page.getByText('Try filling in category or tags.').waitFor();
    });

    test('a suggestion leads to its entry, in its locale', async () => {
      await desk.open('einen-sauerteig-ansetzen', 'de');
      await desk.rows.first().waitFor();
      const card = await desk.card('Ein Landbrot für jeden Tag');
      const opened = desk.page.context().waitForEvent('page');
      await card.getByRole('link').click();
      const page = await opened;
      await page.getByRole('heading', { name: 'Ein Landbrot für jeden Tag' }).waitFor();
      await page.getByText('Einen Sauerteig ansetzen').first().waitFor();
      await page.close();
      await desk.page.keyboard.press('Escape');
    });

    test('no permission, an error that can be tried again, an index that is being built', async () => {
      const { page } = desk;
      await page.route('**/related-articles/suggestions/**', (route) =>
        route.fulfill({ status: 403, json: { data: null, error: { status: 403 } } }),
      );
      await desk.open('an-evening-on-the-moon');
      await page
        .getByText("You don't have permission to see suggestions for this entry.")
        .waitFor();
      await page.unroute('**/related-articles/suggestions/**');
      await page.route('**/related-articles/suggestions/**', (route) => route.abort());
      await desk.open('an-evening-on-the-moon');
      await page.getByText("Couldn't load the suggestions.").waitFor();
      // The panel also recovers by itself.
      await page.unroute('**/related-articles/suggestions/**');
      await desk.rows.first().waitFor();
      await page.route('**/related-articles/suggestions/**', (route) => route.abort());
      await desk.open('an-evening-on-the-moon');
      await page.getByText("Couldn't load the suggestions.").waitFor();
      await page.unroute('**/related-articles/suggestions/**');
      await page.route('**/related-articles/suggestions/**', async (route) => {
        const response = await route.fetch();
        const body = await response.json();
        body.meta.index = { percent: 23 };
        await route.fulfill({ response, json: body });
      });
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('The index is being built: 23 % done.').waitFor();
      await page.unroute('**/related-articles/suggestions/**');
      await page.getByText('The index is being built').waitFor({ state: 'detached' });
      await desk.rows.first().waitFor();
    });

    test('a weak list says so, and what would help; if nothing else is close, it offers no more', async () => {
      await desk.open('what-the-watchmaker-hears');
      await desk.page.getByText('Only weak matches so far. Try filling in category or tags.').waitFor(); // prettier-ignore
      expect(await desk.rows.getByText('Weak').count()).toBe(await desk.rows.count());
      expect(await desk.button('Show more candidates').count()).toBe(0);
      await desk.picture('weak-list');
      await desk.choose('A lamp from a branch', 'Why is it suggested?');
      const card = desk.page.getByRole('dialog', { name: 'A lamp from a branch' });
      await card.getByText('This entry links to it').waitFor();
      await desk.page.keyboard.press('Escape');
    });

    test('links: copied as Markdown, inserted at the end of the text', async () => {
      await desk.open('an-evening-on-the-moon');
      const title = 'Choosing a first telescope';
      const link = `[${title}](/articles/choosing-a-first-telescope)`;
      await desk.choose(title, 'Copy as a Markdown link');
      await desk.page.getByText('Link copied.').waitFor();
      expect(await desk.page.evaluate(() => navigator.clipboard.readText())).toBe(link);
      const other = 'Planning a dark sky night';
      await desk.choose(other, 'Insert a link at the end of the text');
      const body = desk.page.locator('.CodeMirror-code');
      await body.getByText(`[${other}](/articles/planning-a-dark-sky-night)`).waitFor();
    });

    test('a category has no panel', async () => {
      const { base } = officeOf();
      const { data } = await (await fetch(`${base}/api/categories?fields=name`)).json();
      await desk.page.goto(
        `${base}/admin/content-manager/collection-types/api::category.category/${data[0].documentId}`,
      );
      await desk.page.getByLabel('name').waitFor();
      await desk.page.waitForTimeout(500);
      const panel = desk.page.locator('aside').getByText('Related articles', { exact: true });
      expect(await panel.count()).toBe(0);
    });
  });

  test('in German and in the dark, at 1920', async () => {
    const desk = await officeOf().desk({ language: 'de', theme: 'dark', width: 1920 });
    await desk.open('einen-sauerteig-ansetzen', 'de');
    await desk.rows.first().waitFor();
    const card = await desk.card((await desk.shown())[0]);
    await card.getByText('Sie verlinken einander').waitFor();
    await card.getByText(/Gleiche Angabe bei „tags“/).waitFor();
    await desk.page.keyboard.press('Escape');
    await desk.page.getByText(/Vorgeschlagen bei/).waitFor();
    expect(await desk.faults()).toEqual([]);
    await desk.picture('panel-dark');
    await desk.page.context().close();
  });

  test('an author without the right sees nothing of it', async () => {
    const account = await officeOf().hire('Ada', 'strapi-author');
    const desk = await officeOf().desk({ account });
    const asked: string[] = [];
    desk.page.on('request', (request) => {
      if (request.url().includes('/related-articles/')) asked.push(request.url());
    });
    await desk.openNew();
    await desk.page.getByLabel('title').fill('Mine');
    await desk.page.waitForTimeout(1000);
    const panel = desk.page.locator('aside').getByText('Related articles', { exact: true });
    expect(await panel.count()).toBe(0);
    expect(asked).toEqual([]);
    await desk.page.context().close();
  });
}
