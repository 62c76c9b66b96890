import type { Desk, Office } from './admin-page';

const ROUTES = '**/related-articles/curations/**';

/** Answers that are lost or late. Uses another test's desk, because Strapi limits logins. */
export function describeLateAnswers(officeOf: () => Office, deskOf: () => Desk): void {
  describe('answers that are lost or late', () => {
    let desk: Desk;
    beforeAll(() => {
      desk = deskOf();
    });

    test('an undo whose answer is lost undoes one change', async () => {
      const documentId = await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      for (const at of [3, 4]) {
        await desk.button(`Pin: ${before[at]}`).click();
        await desk.says(`Pinned: ${before[at]}`);
      }
      let isLost = false;
      await desk.page.route(ROUTES, async (route) => {
        if (isLost || route.request().method() !== 'POST') return route.continue();
        isLost = true;
        await route.fetch();
        return route.abort();
      });
      await desk.undo();
      await desk.says(/Change undone/);
      await desk.page.unroute(ROUTES);
      const [first] = await officeOf().served(documentId);
      expect([isLost, first]).toEqual([true, `*${before[3]}`]);
      await desk.until((titles) => !titles.includes(`*${before[4]}`));
      await desk.undo();
      await desk.shows(before);
    });

    test('a pin whose answer is lost is there once it is seen there, and nothing is left to try again', async () => {
      const documentId = await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      let sent = 0;
      await desk.page.route(ROUTES, async (route) => {
        if (route.request().method() !== 'PUT') return route.continue();
        sent += 1;
        if (sent > 1) return route.continue();
        await route.fetch();
        return route.fulfill({ status: 504, body: 'Gateway timeout' });
      });
      await desk.button(`Pin: ${before[3]}`).click();
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.says(`Pinned: ${before[4]}`);
      expect(await desk.button('Try again').count()).toBe(0);
      await desk.page.unroute(ROUTES);
      const pins = (await officeOf().served(documentId)).slice(0, 2);
      expect([sent, pins]).toEqual([2, [`*${before[3]}`, `*${before[4]}`]]);
      for (let step = 0; step < 2; step += 1) {
        await desk.undo();
        await desk.says(/^Change undone\./);
      }
      await desk.shows(before);
    });

    test('closing a tab while a change is being saved asks first', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      let goOn: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      await desk.page.route(ROUTES, async (route) => {
        if (route.request().method() === 'PUT') await held;
        return route.continue();
      });
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.until((titles) => titles[0] === `*${before[4]}`);
      const asked = desk.page.waitForEvent('dialog', { timeout: 5000 });
      await desk.page.close({ runBeforeUnload: true });
      const dialog = await asked;
      expect(dialog.type()).toBe('beforeunload');
      await dialog.dismiss();
      goOn();
      await desk.says(`Pinned: ${before[4]}`);
      await desk.page.unroute(ROUTES);
      await desk.undo();
      await desk.shows(before);
    });

    test('a change that failed without a network can still be repeated, also after one that is saved', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      const { page } = desk;
      let isFirst = true;
      await page.route(ROUTES, async (route) => {
        if (route.request().method() !== 'PUT' || !isFirst) return route.continue();
        isFirst = false;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return route.abort();
      });
      // Reading again after a failure takes a while, and the editor goes on meanwhile.
      await page.route('**/related-articles/suggestions/**', async (route) => {
        if (!isFirst) await new Promise((resolve) => setTimeout(resolve, 700));
        return route.continue();
      });
      await desk.button(`Pin: ${before[3]}`).click();
      await page.waitForTimeout(500);
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.until((titles) => titles[0] === `*${before[4]}` && !titles.includes(`*${before[3]}`)); // prettier-ignore
      await page.evaluate(() => window.dispatchEvent(new Event('online')));
      await desk.says("Couldn't save: there is no connection to the server.");
      await page.unrouteAll({ behavior: 'wait' });
      await desk.button('Try again').click();
      await desk.until((titles) => titles.includes(`*${before[3]}`));
      for (let step = 0; step < 2; step += 1) {
        await desk.undo();
        await desk.says(/^Change undone\./);
      }
      await desk.shows(before);
    });

    test('two changes of one entry that failed are made again in turn', async () => {
      const documentId = await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      const { page } = desk;
      let isAway = true;
      await page.route(ROUTES, async (route) => {
        if (route.request().method() !== 'PUT' || !isAway) return route.continue();
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return route.abort();
      });
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.until((titles) => titles[0] === `*${before[4]}`);
      await desk.button(`Unpin: ${before[4]}`).click();
      await desk.says("Couldn't save: there is no connection to the server.");
      isAway = false;
      await desk.button('Try again').click();
      await desk.says(`Unpinned: ${before[4]}`);
      await desk.shows(before);
      expect((await officeOf().served(documentId)).join()).not.toContain('*');
      await page.unrouteAll({ behavior: 'wait' });
    });

    test('what others have decided since a change failed is asked about before it is made again', async () => {
      const documentId = await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      const { page } = desk;
      await page.route(ROUTES, (route) =>
        route.request().method() === 'PUT' ? route.abort() : route.continue(),
      );
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.says("Couldn't save: there is no connection to the server.");
      const { data } = await officeOf().get(`articles?filters[title]=${before[4]}&fields=title`);
      await officeOf().decide(documentId, { pins: [], exclusions: [data[0].documentId] });
      await desk.until((titles) => !titles.some((title) => title.includes(before[4])));
      await page.unroute(ROUTES);
      await desk.button('Try again').click();
      await desk.says(/changed this list/);
      await desk.button('Keep theirs').click();
      expect((await desk.shown()).join()).not.toContain(before[4]);
      await desk.undo();
      await desk.shows(before);
    });

    test('a conflict is shown again once the other failed change is saved, and nobody else decides it', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      const { page } = desk;
      const sent: string[] = [];
      await page.route(ROUTES, async (route) => {
        if (route.request().method() !== 'PUT') return route.continue();
        sent.push(route.request().postData() ?? '');
        if (sent.length > 2) return route.continue();
        // Both are made before either is answered.
        await new Promise((resolve) => setTimeout(resolve, 700));
        if (sent.length === 2) return route.abort();
        const details = { revision: 1, editor: 'Bea', updatedAt: null };
        const error = { status: 409, name: 'ConflictError', message: 'It was changed.', details };
        return route.fulfill({ status: 409, json: { data: null, error } });
      });
      await desk.button(`Pin: ${before[3]}`).click();
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.says("Couldn't save: there is no connection to the server.");
      await desk.button('Try again').click();
      await desk.says(/^Bea changed this list/);
      await desk.shows([`*${before[4]}`, ...before.slice(0, 4)]);
      expect(sent.length).toBe(3);
      await desk.button('Keep theirs').click();
      await page.unroute(ROUTES);
      await desk.undo();
      await desk.shows(before);
    });

    test('a failure stays visible after the next change, and nothing of it is lost', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      let isFirst = true;
      await desk.page.route(ROUTES, async (route) => {
        if (route.request().method() !== 'PUT' || !isFirst) return route.continue();
        isFirst = false;
        return route.fulfill({ status: 502, body: 'Bad gateway' });
      });
      await desk.button(`Pin: ${before[3]}`).click();
      await desk.says(/^Couldn't save/);
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.until((titles) => titles[0] === `*${before[4]}`);
      await desk.says(/^Couldn't save/);
      await desk.button('Try again').click();
      await desk.shows([`*${before[4]}`, `*${before[3]}`, ...before.slice(0, 3)]);
      await desk.page.unroute(ROUTES);
      await desk.undo();
      await desk.says(/^Change undone\./);
      await desk.undo();
      await desk.shows(before);
    });

    test('a refused change does not take along changes that may be tried again', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      const answers = [502, 400];
      await desk.page.route(ROUTES, async (route) => {
        const status = route.request().method() === 'PUT' ? answers.shift() : undefined;
        if (status === undefined) return route.continue();
        return route.fulfill({ status, json: { data: null, error: { status, message: 'No.' } } });
      });
      await desk.button(`Pin: ${before[3]}`).click();
      await desk.button('Try again').waitFor();
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.says(/^Couldn't save.*No\./);
      await desk.button('Close').click();
      await desk.button('Try again').click();
      await desk.until((titles) => titles[0] === `*${before[3]}`);
      await desk.page.unroute(ROUTES);
      await desk.undo();
      await desk.shows(before);
    });

    test('changes that wait behind a slow answer are saved even if the editor leaves', async () => {
      const documentId = await desk.open('orion-and-the-winter-hexagon');
      const before = await desk.until((titles) => titles.length === 5);
      await desk.page.route(ROUTES, async (route) => {
        if (route.request().method() !== 'PUT') return route.continue();
        const response = await route.fetch();
        await new Promise((resolve) => setTimeout(resolve, 600));
        return route.fulfill({ response });
      });
      for (const at of [2, 3, 4]) await desk.button(`Pin: ${before[at]}`).click();
      await desk.page.getByRole('link', { name: /Content Manager/ }).first().click(); // prettier-ignore
      await desk.page.waitForTimeout(3000);
      const pinned = [4, 3, 2].map((at) => `*${before[at]}`).sort();
      const served = await officeOf().served(documentId);
      expect(served.filter((title) => title.startsWith('*')).sort()).toEqual(pinned);
      expect(await desk.page.getByText(/Couldn't save/).count()).toBe(0);
      await desk.page.unroute(ROUTES);
      await desk.open('orion-and-the-winter-hexagon');
      await desk.button('Back to automatic: remove all pins and exclusions').click();
      await desk.shows(before);
    });

    test('a 409 that is not the plugin’s is a failure like any other', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      await desk.page.route(ROUTES, (route) =>
        route.request().method() === 'PUT'
          ? route.fulfill({ status: 409, json: { message: 'Conflict' } })
          : route.continue(),
      );
      await desk.button(`Pin: ${before[3]}`).click();
      await desk.says(/^Couldn't save/);
      await desk.shows(before);
      await desk.page.unroute(ROUTES);
      await desk.button('Close').click();
      await desk.button(`Pin: ${before[3]}`).click();
      await desk.says(`Pinned: ${before[3]}`);
      await desk.undo();
      await desk.shows(before);
    });

    test('"Pin until" stays open when its row leaves the list', async () => {
      const documentId = await desk.open('orion-and-the-winter-hexagon');
      const before = await desk.until((titles) => titles.length === 5);
      const { page } = desk;
      await desk.choose(before[4], 'Pin until…');
      const dialog = page.getByRole('dialog');
      const day = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
      await dialog.getByLabel('Last day').fill(day);
      const other = await officeOf().idOf('an-everyday-country-loaf');
      await officeOf().decide(documentId, { pins: [other], exclusions: [] });
      await desk.until((titles) => !titles.includes(before[4]));
      await dialog.getByRole('button', { name: 'Pin' }).click();
      await desk.says(/^Pinned until /);
      await desk.until((titles) => titles.filter((title) => title.startsWith('*')).length === 2);
      await desk.button('Back to automatic: remove all pins and exclusions').click();
      await desk.shows(before);
    });

    test('what others decide while "Pin until" is open is asked about', async () => {
      const documentId = await desk.open('orion-and-the-winter-hexagon');
      const before = await desk.until((titles) => titles.length === 5);
      await desk.choose(before[4], 'Pin until…');
      const dialog = desk.page.getByRole('dialog');
      const { data } = await officeOf().get(`articles?filters[title]=${before[4]}&fields=title`);
      const isTold = desk.page.waitForResponse(/related-articles\/suggestions\//);
      await officeOf().decide(documentId, { pins: [], exclusions: [data[0].documentId] });
      await (await isTold).finished();
      await dialog.getByRole('button', { name: 'Pin' }).click();
      await desk.says(/changed this list/);
      await desk.button('Keep theirs').click();
      expect((await desk.shown()).join()).not.toContain(before[4]);
      await desk.button('Back to automatic: remove all pins and exclusions').click();
      await desk.shows(before);
    });

    test('a panel that nobody looks at asks for nothing, so that the session may end', async () => {
      await desk.open('counting-the-perseids');
      await desk.until((titles) => titles.length === 5);
      const { page } = desk;
      const now = await page.evaluate(() => Date.now());
      const setClock = (milliseconds: number) =>
        page.evaluate((time) => {
          const real = performance.now();
          Date.now = () => time + Math.round(performance.now() - real);
        }, now + milliseconds);
      await setClock(6 * 60_000);
      // What was asked for just before.
      await page.waitForTimeout(1000);
      const asked: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('/related-articles/')) asked.push(request.url());
      });
      await page.waitForTimeout(9000);
      expect(asked).toEqual([]);
      await page.mouse.move(200, 200);
      await page.mouse.move(220, 220);
      await page.waitForTimeout(6000);
      await setClock(0);
      expect(asked.length).toBeGreaterThan(0);
    });

    test('a pin that failed waits while the editor looks at the published version, or at another page', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      const { page } = desk;
      const turnTo = async (version: RegExp) => {
        await page.getByRole('tab', { name: version }).click();
        await page.waitForTimeout(500);
        await desk.shows(before);
      };
      // Once Strapi knows both versions, they take turns at once.
      for (const version of [/^published/i, /^draft/i]) await turnTo(version);
      await page.route(ROUTES, (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue())); // prettier-ignore
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.says(/^Couldn't save/);
      for (const version of [/^published/i, /^draft/i]) await turnTo(version);
      await page.unroute(ROUTES);
      await page.getByRole('link', { name: /Content Manager/ }).first().click(); // prettier-ignore
      await page.waitForURL(/article\.article\?/);
      await page.goBack();
      await desk.says(/^Couldn't save/);
      await desk.button('Try again').click();
      await desk.until((titles) => titles[0] === `*${before[4]}`);
      await desk.undo();
      await desk.shows(before);
    });

    test('a pin that fails after its page was left is reported, and can be made again there', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      await desk.page.route(ROUTES, async (route) => {
        if (route.request().method() !== 'PUT') return route.continue();
        await desk.page.waitForURL(/article\.article\?/);
        return route.fulfill({ status: 503, json: { data: null, error: { status: 503 } } });
      });
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.until((titles) => titles[0] === `*${before[4]}`);
      await desk.page
        .getByRole('link', { name: /Content Manager/ })
        .first()
        .click();
      await desk.page.getByText(/Couldn't save/).first().waitFor(); // prettier-ignore
      await desk.page.unroute(ROUTES);
      await desk.page.goBack();
      await desk.shows(before);
      await desk.says(/^Couldn't save/);
      await desk.button('Try again').click();
      await desk.until((titles) => titles[0] === `*${before[4]}`);
      await desk.undo();
      await desk.shows(before);
    });
  });
}
