import type { Desk, Office } from './admin-page';

const EVERYTHING = 'pagination[pageSize]=100&fields=title';

interface Entry {
  documentId: string;
  title: string;
}

/** Waits until `read` gives the expected value. */
async function eventually<T>(read: () => Promise<T>, expected: T): Promise<void> {
  const end = Date.now() + 15_000;
  for (;;) {
    const value = await read();
    if (JSON.stringify(value) === JSON.stringify(expected) || Date.now() > end) {
      expect(value).toEqual(expected);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The page that shows all entries at once. */
export function describeOverview(officeOf: () => Office): void {
  describe('the overview', () => {
    let desk: Desk;
    beforeAll(async () => {
      const account = await officeOf().hire('Olive', 'strapi-super-admin');
      desk = await officeOf().desk({ account, height: 1000 });
      // Certainly an orphan.
      const excerpt = 'Agenda, votes, the treasurer, and any other business.';
      await officeOf().publish({ title: 'Minutes of the annual meeting', excerpt });
    });
    afterAll(() => desk?.page.context().close());

    const get = async (address: string) => (await fetch(`${officeOf().base}${address}`)).json();

    /** In how many lists each English article is, counted from every list that a visitor gets. */
    async function counted(): Promise<{ articles: Entry[]; appearsOn: Map<string, number> }> {
      const { data: articles }: { data: Entry[] } = await get(`/api/articles?${EVERYTHING}`);
      const appearsOn = new Map(articles.map(({ title }) => [title, 0]));
      for (const { documentId } of articles) {
        const { data }: { data: Entry[] } = await get(`/api/articles/${documentId}/related?fields=title`); // prettier-ignore
        for (const { title } of data) appearsOn.set(title, (appearsOn.get(title) ?? 0) + 1);
      }
      return { articles, appearsOn };
    }

    const figure = (name: string) =>
      desk.page.getByRole('list', { name: 'Entries that stand out' }).getByRole('button').filter({ has: desk.page.getByText(name, { exact: true }) }); // prettier-ignore

    const countIn = async (name: string) => Number.parseInt(await figure(name).innerText(), 10);

    const upToDate = () => desk.page.getByText('Nothing has changed since').waitFor();

    async function open(list = 'all'): Promise<void> {
      await desk.page.goto(
        `${officeOf().base}/admin/plugins/related-articles?type=api::article.article&locale=en&list=${list}`,
      );
      await upToDate();
      await desk.page.locator('tbody tr').first().waitFor();
    }

    const titles = () =>
      desk.page.locator('tbody tr td:nth-child(2)').evaluateAll((cells) => cells.map((cell) => cell.textContent ?? '')); // prettier-ignore

    test('is reached from the menu, and counts what visitors get', async () => {
      await desk.page.goto(`${officeOf().base}/admin`);
      await desk.page.getByRole('link', { name: 'Related articles' }).click();
      await upToDate();
      await open();
      const { articles, appearsOn } = await counted();
      expect(await countIn('Entries')).toBe(articles.length);
      const orphans = articles.filter(({ title }) => appearsOn.get(title) === 0);
      expect(await countIn('Never suggested')).toBe(orphans.length);
      await figure('Never suggested').click();
      await desk.page.waitForURL(/list=orphans/);
      const sorted = orphans.map(({ title }) => title).sort(new Intl.Collator('en').compare);
      await eventually(titles, sorted.slice(0, 20));
      await desk.picture('overview');
    });

    test('sorts, searches and turns pages', async () => {
      await open();
      const { appearsOn } = await counted();
      const first = (await titles())[0];
      expect(appearsOn.get(first)).toBe(Math.max(...appearsOn.values()));
      await desk.button('Title').click();
      const all = [...appearsOn.keys()].sort(new Intl.Collator('en').compare);
      await eventually(titles, all.slice(0, 20));
      await desk.page.getByRole('button', { name: 'Next', exact: true }).click();
      await eventually(titles, all.slice(20, 40));
      await desk.page.getByRole('searchbox').or(desk.page.locator('input[name=search]')).first().fill('moon'); // prettier-ignore
      const found = all.filter((title) => /moon/i.test(title)).slice(0, 20);
      await eventually(titles, found);
      // Enter does not load the page anew, which would forget the order.
      await desk.page.locator('input[name=search]').press('Enter');
      await desk.page.waitForTimeout(500);
      expect(desk.page.url()).toContain('sort=');
      expect(await titles()).toEqual(found);
      // The search is cleared, and stays so.
      await desk.page.locator('a[href$="/plugins/related-articles"]').first().click();
      await desk.page.waitForTimeout(1500);
      expect(desk.page.url()).not.toContain('search=');
      expect(await desk.page.locator('input[name=search]').inputValue()).toBe('');
    });

    test('forgets the selection once it is sorted out of view', async () => {
      await open();
      const [first] = await titles();
      await desk.page.getByLabel(`Select ${first}`).click();
      await desk.page.getByText('1 entry selected').waitFor();
      await desk.button('Title').click();
      await desk.page.waitForURL(/sort=/);
      await desk.page.getByText('1 entry selected').waitFor({ state: 'detached' });
    });

    test('can be used by keyboard alone', async () => {
      await open();
      const [first] = await titles();
      const { keyboard } = desk.page;
      const focused = () =>
        desk.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent); // prettier-ignore
      await desk.page.getByLabel('Select all').focus();
      for (let left = 10; left > 0 && (await focused()) !== `Select ${first}`; left -= 1) await keyboard.press('Tab'); // prettier-ignore
      await keyboard.press('Space');
      await desk.page.getByText('1 entry selected').waitFor();
      await keyboard.press('Tab');
      expect(await focused()).toBe(first);
      await keyboard.press('Enter');
      await desk.page.waitForURL(/content-manager/);
    });

    test('forgets a selection on a page that another page replaces', async () => {
      await open();
      const [first] = await titles();
      const isNext = (url: URL) => url.searchParams.get('page') === '2' && /\/overview\//.test(url.pathname); // prettier-ignore
      await desk.page.route(isNext, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return route.continue();
      });
      await desk.page.getByRole('button', { name: 'Next', exact: true }).click();
      await desk.page.getByLabel(`Select ${first}`).click();
      await desk.page.getByText('1 entry selected').waitFor();
      await desk.page.getByText('1 entry selected').waitFor({ state: 'detached' });
      expect((await titles())[0]).not.toBe(first);
      await desk.page.unroute(isNext);
    });

    test('decides about several entries at once', async () => {
      await open();
      const [first, second] = await titles();
      for (const title of [first, second]) await desk.page.getByLabel(`Select ${title}`).click();
      await desk.button('Never suggest').last().click();
      await desk.says('2 entries changed.');
      const { appearsOn } = await counted();
      expect([appearsOn.get(first), appearsOn.get(second)]).toEqual([0, 0]);
      await eventually(() => countIn('Marked "never suggest"'), 2);
      await figure('Marked "never suggest"').click();
      await eventually(async () => (await titles()).sort(), [first, second].sort());
      await desk.page.getByLabel('Select all on this page').click();
      await desk.button('Allow again').click();
      await desk.says('2 entries changed.');
      await desk.page.getByText('Nothing here. All is well.').waitFor();
    });

    test('sends a decision again whose answer is lost', async () => {
      await open();
      const [first] = await titles();
      let isLost = false;
      const isDecision = (url: URL) => url.pathname.endsWith('/decisions');
      await desk.page.route(isDecision, async (route) => {
        if (isLost) return route.continue();
        isLost = true;
        await route.fetch();
        return route.abort();
      });
      await desk.page.getByLabel(`Select ${first}`).click();
      await desk.button('Never suggest').last().click();
      await desk.says('1 entry changed.');
      await desk.page.unroute(isDecision);
      await eventually(() => countIn('Marked "never suggest"'), 1);
      await figure('Marked "never suggest"').click();
      await eventually(titles, [first]);
      await desk.page.getByLabel('Select all on this page').click();
      await desk.button('Allow again').click();
      await desk.page.getByText('Nothing here. All is well.').waitFor();
    });

    test('asks again for a page that could not be loaded', async () => {
      await open();
      let isLost = false;
      const isNext = (url: URL) => url.searchParams.get('page') === '2' && /\/overview\//.test(url.pathname); // prettier-ignore
      await desk.page.route(isNext, (route) => {
        if (isLost) return route.continue();
        isLost = true;
        return route.abort();
      });
      const before = await titles();
      await desk.page.getByRole('button', { name: 'Next', exact: true }).click();
      await eventually(async () => isLost, true);
      await eventually(async () => (await titles()).length > 0 && String(await titles()) !== String(before), true); // prettier-ignore
      await desk.page.unroute(isNext);
    });

    test('reports a decision that fails after its page was left', async () => {
      await open();
      const [first] = await titles();
      await desk.page.getByLabel(`Select ${first}`).click();
      const isDecision = (url: URL) =>
        /related-articles\/overview\/.*\/decisions/.test(url.pathname);
      await desk.page.route(isDecision, async (route) => {
        await desk.page.getByRole('img', { name: /^Map of / }).waitFor();
        return route.fulfill({ status: 503, json: { data: null, error: { status: 503 } } });
      });
      await desk.button('Never suggest').last().click();
      await desk.page.getByRole('link', { name: 'Map' }).click();
      await desk.page.getByText("Couldn't save: the server had a problem.").first().waitFor();
      await desk.page.unroute(isDecision);
    });

    test('has a column in the list of the content manager', async () => {
      await open();
      const { articles, appearsOn } = await counted();
      const asked: string[] = [];
      desk.page.on('request', (request) => {
        if (!request.url().endsWith('/facts')) return;
        asked.push(...(request.postDataJSON() as { documentIds: string[] }).documentIds);
      });
      const place = 'content-manager/collection-types/api::article.article';
      await desk.page.goto(`${officeOf().base}/admin/${place}?pageSize=10&sort=title:ASC`);
      await desk.page.getByRole('columnheader').or(desk.page.locator('th')).getByText('Suggested on').waitFor(); // prettier-ignore
      const [{ title }] = [...articles].sort((a, b) => (a.title < b.title ? -1 : 1));
      const count = appearsOn.get(title) ?? 0;
      const text = count === 0 ? 'Nowhere' : count === 1 ? '1 entry' : `${count} entries`;
      await desk.page.locator('tbody tr').filter({ hasText: title }).getByText(text, { exact: true }).waitFor(); // prettier-ignore
      // Asks about every row, and about none twice.
      expect(asked.length).toBeGreaterThanOrEqual(10);
      expect(new Set(asked).size).toBe(asked.length);
      await desk.picture('overview-column');
    });

    test('has that column in the very first list that a browser opens', async () => {
      const account = await officeOf().hire('Lou', 'strapi-super-admin');
      const other = await officeOf().desk({ account });
      await other.page.addInitScript(() =>
        localStorage.removeItem('STRAPI_RELATED_ARTICLES_TYPES'),
      );
      const place = 'content-manager/collection-types/api::article.article';
      await other.page.goto(`${officeOf().base}/admin/${place}?pageSize=10`);
      await other.page.locator('th').getByText('Suggested on').waitFor();
      await other.page.context().close();
    });

    test('offers no column and no filter to editors who may not see the overview', async () => {
      await officeOf().allow('strapi-author', ['plugin::related-articles.suggestions.read']);
      const account = await officeOf().hire('Nina', 'strapi-author');
      const other = await officeOf().desk({ account });
      const place = 'content-manager/collection-types/api::article.article';
      await other.page.goto(`${officeOf().base}/admin/${place}?pageSize=10`);
      await other.page.getByRole('button', { name: 'Filters' }).click();
      await other.page.getByLabel('Select field').click();
      await other.page.getByRole('option', { name: 'title' }).waitFor();
      expect(await other.page.getByRole('option', { name: 'Related articles' }).count()).toBe(0);
      expect(await other.page.locator('th').getByText('Suggested on').count()).toBe(0);
      await other.page.context().close();
      await officeOf().allow('strapi-author', []);
    });

    test('decides in the list of the content manager only about what is in sight, in the order of the clicks', async () => {
      const { page } = desk;
      const place = 'content-manager/collection-types/api::article.article';
      await page.goto(`${officeOf().base}/admin/${place}?pageSize=10&sort=title:ASC`);
      const rows = page.locator('tbody tr');
      await rows.nth(9).waitFor();
      await rows.first().getByRole('checkbox').click();
      await page.getByRole('link', { name: /next page/i }).click();
      await page.waitForURL(/page=2/);
      const never = page.getByRole('button', { name: 'Never suggest', exact: true });
      await eventually(() => never.isDisabled(), true);
      await rows.first().getByRole('checkbox').click();
      await eventually(() => never.isEnabled(), true);
      const DECIDE = /related-articles\/overview\/[^/]+\/decisions/;
      const sent: { decision: string; documentIds: string[] }[] = [];
      await page.route(DECIDE, async (route) => {
        sent.push(route.request().postDataJSON());
        await new Promise((resolve) => setTimeout(resolve, sent.length === 1 ? 1500 : 0));
        return route.continue();
      });
      await never.click();
      await page.getByRole('button', { name: 'Allow again' }).click();
      await eventually(() => Promise.resolve(sent.map(({ decision }) => decision)), ['never', 'allow']); // prettier-ignore
      expect(sent.map(({ documentIds }) => documentIds.length)).toEqual([1, 1]);
      await page.unroute(DECIDE);
      await eventually(() => rows.getByText('Never suggested, by choice').count(), 0);
    });

    test('filters the list of the content manager, and decides there', async () => {
      await open();
      const { appearsOn } = await counted();
      const orphans = [...appearsOn].filter(([, count]) => count === 0).map(([title]) => title);
      const place = 'content-manager/collection-types/api::article.article';
      await desk.page.goto(`${officeOf().base}/admin/${place}?pageSize=10&sort=title:ASC`);
      await desk.page.getByRole('button', { name: 'Filters' }).click();
      await desk.page.getByLabel('Select field').click();
      await desk.page.getByRole('option', { name: 'Related articles' }).click();
      await desk.page.getByLabel('Related articles').last().click();
      await desk.page.getByRole('option', { name: 'Never suggested' }).click();
      await desk.page.getByRole('button', { name: 'Add filter' }).click();
      const rows = desk.page.locator('tbody tr');
      await eventually(() => rows.count(), orphans.length);
      for (const title of orphans) await rows.filter({ hasText: title }).waitFor();
      await rows.first().getByRole('checkbox').click();
      await desk.page.getByRole('button', { name: 'Never suggest', exact: true }).click();
      await desk.page.getByText('1 entry changed.').first().waitFor();
      await rows.first().getByText('Never suggested, by choice').waitFor();
      await desk.page.getByRole('button', { name: 'Allow again' }).click();
      await rows.first().getByText('Never suggested, by choice').waitFor({ state: 'hidden' });
    });

    test('draws a map, finds entries on it, and says the same in a table', async () => {
      await open();
      const { appearsOn } = await counted();
      await desk.page.getByRole('link', { name: 'Map' }).click();
      const map = desk.page.getByRole('img', { name: `Map of ${appearsOn.size} entries` });
      await map.and(desk.page.locator('[data-is-done=true]')).waitFor();
      expect(await desk.faultsIn('main')).toEqual([]);
      await desk.picture('overview-map');
      await desk.page.locator('input[name=search]').fill('the');
      const found = [...appearsOn.keys()].filter((title) => /the/i.test(title));
      await desk.says(`${found.length} entries have these words`);
      await desk.page.locator('input[name=search]').fill('an evening on the moon');
      await desk.says('1 entry has these words');
      // The entry is in the middle now.
      await desk.page.waitForTimeout(1000);
      const box = (await map.boundingBox()) as {
        x: number;
        y: number;
        width: number;
        height: number;
      };
      await desk.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await desk.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      await desk.page.waitForURL(/content-manager\/collection-types\/api::article.article\//);
      await desk.page.goBack();
      const clusters = desk.page.locator('section').filter({ hasText: 'Clusters' }).locator('tbody tr'); // prettier-ignore
      await clusters.first().waitFor();
      expect(await clusters.count()).toBeGreaterThan(2);
      await clusters
        .filter({ hasText: /moon|sky/i })
        .first()
        .waitFor();
    });

    test('has its figures on the homepage', async () => {
      await desk.page.goto(`${officeOf().base}/admin`);
      await desk.page.getByText('Article, English: ').waitFor();
      await desk.page.getByRole('link', { name: 'Never suggested' }).click();
      await desk.page.waitForURL(/list=orphans/);
      await upToDate();
    });

    test('saves a file', async () => {
      await open();
      const downloading = desk.page.waitForEvent('download');
      await desk.button('Export as CSV').click();
      const stream = await (await downloading).createReadStream();
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const [head, ...lines] = Buffer.concat(chunks).toString().trimEnd().split('\r\n');
      expect(head).toMatch(/^\ufeffdocumentId,title,/);
      expect(lines).toHaveLength(await countIn('Entries'));
    });

    test('rebuilds the index', async () => {
      await open();
      await desk.button('Rebuild the index').click();
      await desk.page.getByRole('alertdialog').getByRole('button', { name: 'Rebuild the index' }).click(); // prettier-ignore
      await desk.says('Rebuild started.');
      await upToDate();
    });

    test('counts only what the editor may read', async () => {
      await officeOf().allow('strapi-author', ['plugin::related-articles.overview.read']);
      const account = await officeOf().hire('Alma', 'strapi-author');
      const other = await officeOf().desk({ account });
      await other.page.goto(`${officeOf().base}/admin/plugins/related-articles`);
      await other.page.getByText('Only the entries you can read are counted.').waitFor();
      const figures = other.page.getByRole('list', { name: 'Entries that stand out' });
      const entries = () => figures.getByRole('button').first().innerText();
      await eventually(async () => Number.parseInt(await entries(), 10), 0);
      await expect(other.button('Rebuild the index').count()).resolves.toBe(0);
      await other.page.context().close();
    });

    test.each([
      ['en', 'dark', 1280],
      ['de', 'light', 390],
      ['fr', 'light', 1920],
      ['es', 'dark', 390],
    ] as const)('looks right in %s, %s, at %s', async (language, theme, width) => {
      await desk.set(language, theme, { width, height: 1000 });
      await desk.page.goto(`${officeOf().base}/admin/plugins/related-articles`);
      await desk.page.locator('tbody tr').first().waitFor();
      expect(await desk.faultsIn('main')).toEqual([]);
      const sticksOut = await desk.page.evaluate(
        () => document.documentElement.scrollWidth > window.innerWidth,
      );
      expect(sticksOut).toBe(false);
      if (language === 'de') await desk.picture('overview-phone');
      for (const [place, shows] of [
        ['settings', 'table, input[type=range], input[type=number]'],
        ['map', 'canvas'],
      ]) {
        await desk.page.goto(`${officeOf().base}/admin/plugins/related-articles/${place}`);
        await desk.page.locator(`main :is(${shows})`).first().waitFor({ state: 'attached' });
        expect([place, await desk.faultsIn('main')]).toEqual([place, []]);
        expect(
          await desk.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
        ).toBe(false);
      }
    });
  });
}
