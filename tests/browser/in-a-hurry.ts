import type { Locator } from 'playwright-core';

import type { Desk, Office } from './admin-page';
import { describeEntrySearch } from './entry-search';
import { describeForeignAnswers } from './foreign-answers';
import { describeLateAnswers } from './late-answers';

const ROUTES = '**/related-articles/curations/**';

const boxOf = async (locator: Locator) =>
  (await locator.boundingBox()) as { x: number; y: number; width: number; height: number };

/** Where things are once everything that comes late is there. */
async function settledBoxes(all: readonly Locator[]) {
  for (let before = ''; ;) {
    const boxes = await Promise.all(all.map(boxOf));
    if (JSON.stringify(boxes) === before) return boxes;
    before = JSON.stringify(boxes);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** What an editor notices who clicks twice, in the wrong order, by keyboard or without a network. */
export function describeHurrying(officeOf: () => Office): void {
  describe('in a hurry', () => {
    let desk: Desk;
    beforeAll(async () => {
      desk = await officeOf().desk({ height: 800 });
    });
    afterAll(() => desk.page.context().close());

    test('nothing moves under the pointer, and a second click undoes the first', async () => {
      await desk
        .open('a-pinhole-camera-from-a-tin')
        .catch(() => desk.open('an-evening-on-the-moon'));
      const before = await desk.until((titles) => titles.length >= 4);
      const pin = desk.button(`Pin: ${before[2]}`);
      // An editor sees what they click; otherwise the click itself would scroll.
      await pin.scrollIntoViewIfNeeded();
      const rows = await settledBoxes([0, 1, 2, 3].map((at) => desk.rows.nth(at)));
      const { x, y, width, height } = await boxOf(pin);
      await pin.click();
      await desk.says(`Pinned: ${before[2]}`);
      await desk.button(`Unpin: ${before[2]}`).waitFor();
      expect(await Promise.all([0, 1, 2, 3].map((at) => boxOf(desk.rows.nth(at))))).toEqual(rows);
      await desk.page.mouse.click(x + width / 2, y + height / 2);
      await desk.says(`Unpinned: ${before[2]}`);
      await desk.shows(before);
      // The notice disappears by itself, or is closed.
      const notice = desk.page.getByRole('status').getByText(/^Unpinned/);
      await desk.page.getByRole('button', { name: 'Close' }).last().click();
      await notice.waitFor({ state: 'detached' });
      await desk.button(`Pin: ${before[1]}`).click();
      await desk.says(`Pinned: ${before[1]}`);
      await desk.lookAway();
      await desk.page.getByRole('status').getByText(/^Pinned/).waitFor({ state: 'detached' }); // prettier-ignore
      await desk.button('Back to automatic: remove all pins and exclusions').click();
      await desk.shows(before);
    });

    test('a menu that closes next to the list does not keep what was removed in it', async () => {
      await desk.open('an-evening-on-the-moon');
      const before = await desk.until((titles) => titles.length === 5);
      const list = await boxOf(desk.rows.first());
      await desk.button(`More actions: ${before[4]}`).click();
      const remove = desk.page.getByRole('menuitem', { name: 'Remove from this list' });
      const beside = { x: 20, y: 10 };
      await remove.click({ position: beside, trial: true });
      expect((await boxOf(remove)).x + beside.x).toBeLessThan(list.x);
      await remove.click({ position: beside });
      await remove.waitFor({ state: 'detached' });
      await desk.says(`Removed from this list: ${before[4]}`);
      await desk.until((titles) => !titles.includes(before[4]));
      await desk.undo();
      await desk.shows(before);
    });

    test('every step can be undone and redone, also after a reload', async () => {
      const documentId = await desk.open('an-evening-on-the-moon');
      const before = await desk.until((titles) => titles.length === 5);
      // Faster than the server answers.
      for (const title of [before[3], before[1], before[4]]) {
        await desk.button(`Pin: ${title}`).click();
      }
      const pinned = [before[3], before[1], before[4]].map((title) => `*${title}`);
      const all = [...pinned, before[0], before[2]];
      await desk.shows(all);
      await desk.says(`Pinned: ${before[4]}`);
      expect(await officeOf().served(documentId)).toEqual(all);
      await desk.page.reload();
      await desk.shows(all);
      await desk.undo();
      await desk.until((titles) => titles.filter((title) => title.startsWith('*')).length === 2);
      await desk.says(`Change undone. Unpinned: ${before[4]}`);
      await desk.undo();
      await desk.until((titles) => titles.filter((title) => title.startsWith('*')).length === 1);
      await desk.panel.getByRole('button', { name: 'Redo' }).click();
      await desk.until((titles) => titles.filter((title) => title.startsWith('*')).length === 2);
      await desk.button('Back to automatic: remove all pins and exclusions').click();
      await desk.shows(before);
    });

    test('a pin that is removed and pinned again comes back to its place', async () => {
      await desk.open('an-evening-on-the-moon');
      const before = await desk.until((titles) => titles.length === 5);
      for (const title of [before[3], before[1], before[4]]) {
        await desk.button(`Pin: ${title}`).click();
      }
      const all = [`*${before[3]}`, `*${before[1]}`, `*${before[4]}`, before[0], before[2]];
      await desk.shows(all);
      await desk.button(`Unpin: ${before[3]}`).click();
      await desk.says(`Unpinned: ${before[3]}`);
      await desk.button(`Pin: ${before[3]}`).click();
      await desk.says(`Pinned: ${before[3]}`);
      await desk.shows(all);
      await desk.button('Back to automatic: remove all pins and exclusions').click();
      await desk.shows(before);
    });

    test('the whole menu is in view, and an entry that is linked is not linked again', async () => {
      await desk.open('an-evening-on-the-moon');
      await desk.until((titles) => titles.length === 5);
      await desk.button('More actions: Watching a lunar eclipse from the balcony').click();
      const menu = desk.page.getByRole('menu');
      // The menu grows while it opens.
      await menu.evaluate((element) =>
        Promise.all(element.getAnimations({ subtree: true }).map(({ finished }) => finished)),
      );
      const bottom = await boxOf(menu);
      for (const item of await menu.getByRole('menuitem').all()) {
        const { y, height } = await boxOf(item);
        expect(y + height).toBeLessThanOrEqual(bottom.y + bottom.height);
      }
      await menu.getByRole('menuitem', { name: 'Insert a link at the end of the text' }).click();
      await desk.rows
        .filter({ hasText: 'Watching a lunar eclipse' })
        .getByRole('img', { name: 'Your text links to it' })
        .waitFor();
      await desk.button('More actions: Watching a lunar eclipse from the balcony').click();
      expect(await menu.getByRole('menuitem', { name: /Insert a link/ }).count()).toBe(0);
      await desk.page.keyboard.press('Escape');
    });

    test('without a network: the panel says so, and tries again when it is back', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      const first = before[0].replace('*', '');
      await desk.page.route(ROUTES, (route) => route.abort());
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.says("Couldn't save: there is no connection to the server.");
      await desk.page.unroute(ROUTES);
      await desk.page.route(ROUTES, (route) =>
        route.fulfill({
          status: 500,
          json: { data: null, error: { status: 500, message: 'Oops' } },
        }),
      );
      await desk.button('Try again').click();
      await desk.says("Couldn't save: the server had a problem.");
      await desk.page.unroute(ROUTES);
      await desk.button('Try again').click();
      await desk.says(`Pinned: ${before[4]}`);
      await desk.undo();
      await desk.says(/^Change undone\./);
      expect((await desk.shown()).join()).toContain(first);
    });

    test('without a network: decisions made after the failed one are repeated, too', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      await desk.page.route(ROUTES, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        // The test may have gone on by then.
        await route.abort().catch(() => undefined);
      });
      await desk.button(`Pin: ${before[3]}`).click();
      await desk.button(`Pin: ${before[4]}`).click();
      await desk.says("Couldn't save: there is no connection to the server.");
      await desk.page.unroute(ROUTES);
      await desk.button('Try again').click();
      await desk.until((titles) => titles.filter((title) => title.startsWith('*')).length === 2);
      for (let step = 0; step < 2; step += 1) {
        await desk.undo();
        await desk.says(/^Change undone\./);
      }
      await desk.shows(before);
    });

    test('by keyboard: the focus is never lost, Enter pins what was found', async () => {
      await desk.open('astronomy-with-binoculars');
      const before = await desk.until((titles) => titles.length === 5);
      const { keyboard } = desk.page;
      const focused = () => desk.page.evaluate(() => document.activeElement?.getAttribute('data-control') ?? document.activeElement?.getAttribute('role')); // prettier-ignore
      await desk.button(`Pin: ${before[3]}`).focus();
      await keyboard.press('Enter');
      await desk.until((titles) => titles[0] === `*${before[3]}`);
      expect(await focused()).toBe('pin');
      await keyboard.press('Enter');
      await desk.shows(before);
      await desk.button(`More actions: ${before[0]}`).focus();
      await keyboard.press('Enter');
      await desk.page.getByRole('menuitem', { name: 'Remove from this list' }).focus();
      await keyboard.press('Enter');
      await desk.until((titles) => !titles.includes(before[0]));
      await desk.says(`Removed from this list: ${before[0]}`);
      expect(await focused()).toBe('title');

      const search = desk.page.getByRole('combobox', { name: 'Pin another entry' });
      await search.focus();
      await keyboard.type('starter sour');
      await desk.page.getByRole('option', { name: /Waking a sourdough starter/ }).waitFor();
      await desk.picture('search');
      await keyboard.press('Enter');
      await desk.until((titles) => titles[0].startsWith('*Waking a sourdough starter'));
      expect(await focused()).toBe('combobox');
      await keyboard.type('starter sour');
      await desk.page.getByRole('option', { name: /already pinned/ }).waitFor();
      await keyboard.press('Enter');
      await keyboard.press('Escape');
      await desk.button('Back to automatic: remove all pins and exclusions').click();
      await desk.shows(before);
    });

    test('room: four rows in view, the panel stays while somebody writes, targets of 24 pixels', async () => {
      await desk.open('an-evening-on-the-moon');
      await desk.until((titles) => titles.length === 5);
      await desk.rows.first().scrollIntoViewIfNeeded();
      await desk.page.mouse.move(700, 500);
      await desk.page.mouse.wheel(0, 350);
      await desk.page.waitForTimeout(500);
      const inSight = async () => {
        const boxes = await Promise.all((await desk.rows.all()).map(boxOf));
        return boxes.filter(({ y, height }) => y >= 0 && y + height <= 800).length;
      };
      expect(await inSight()).toBeGreaterThanOrEqual(4);
      await desk.page.mouse.wheel(0, 5000);
      await desk.page.waitForTimeout(500);
      expect(await inSight()).toBeGreaterThanOrEqual(4);
      const small = await desk.panel.getByRole('button').evaluateAll((buttons) =>
        buttons
          .filter(
            (button) =>
              !button.closest('[data-title]') && button.getAttribute('data-control') !== 'title',
          ) // prettier-ignore
          .map((button) => ({
            name: button.textContent || button.ariaLabel,
            box: button.getBoundingClientRect(),
          })) // prettier-ignore
          .filter(({ box }) => box.width < 24 || box.height < 23.5)
          .map(({ name, box }) => `${name}: ${box.width}x${box.height}`),
      );
      expect(small).toEqual([]);
    });

    test('an entry that must never be suggested, and a pin for some days', async () => {
      const documentId = await desk.open('an-evening-on-the-moon');
      const [first] = await desk.until((titles) => titles.length === 5);
      await desk.button('Never suggest anywhere').click();
      await desk.says("This entry won't be suggested anywhere.");
      await desk.page
        .getByText('This entry is never suggested, even where it is pinned.')
        .waitFor();
      const other = await officeOf().idOf('choosing-a-first-telescope');
      expect(await officeOf().served(other)).not.toContain('An evening on the Moon');
      await desk.button('Allow it to be suggested again').click();
      await desk.button('Never suggest anywhere').waitFor();

      await desk.choose(first, 'Pin until…');
      const dialog = desk.page.getByRole('dialog');
      const day = new Date(Date.now() + 7 * 86_400_000);
      const field = dialog.getByLabel('Last day');
      // A date that is typed only in part is asked for again, not taken for none.
      await field.focus();
      await desk.page.keyboard.type('12');
      await dialog.getByRole('button', { name: 'Pin' }).click();
      await dialog.waitFor();
      await field.fill(day.toISOString().slice(0, 10));
      await dialog.getByRole('button', { name: 'Pin' }).click();
      await desk.says(/^Pinned until /);
      await desk.until((titles) => titles[0] === `*${first}`);
      await desk.rows.first().getByText(/until/).waitFor();
      expect((await officeOf().served(documentId))[0]).toBe(`*${first}`);
      await desk.undo();
      await desk.says(`Change undone. Unpinned: ${first}`);
      await desk.undo();
      await desk.says('Change undone. Marked this entry as “never suggest”');
      await desk.button('Allow it to be suggested again').click();
      await desk.button('Never suggest anywhere').waitFor();
    });

    test('a duplicate gets the list for what its form shows, including its relations', async () => {
      await desk.openClone(await officeOf().idOf('an-evening-on-the-moon'));
      const [first] = await desk.until((titles) => titles.length > 0);
      const card = await desk.card(first);
      await card.getByText('Same category: Night Sky').waitFor();
    });

    test('a row moved to the third place pins those above it, and the notice says so', async () => {
      await desk.open('an-evening-on-the-moon');
      const before = await desk.until((titles) => titles.length === 5);
      await desk.choose(before[3], 'Move up');
      await desk.says(`Moved to position 3 and pinned, with the 2 rows above it: ${before[3]}`);
      await desk.undo();
      await desk.shows(before);
    });

    test('ten more candidates, one of which is pinned', async () => {
      await desk.open('an-evening-on-the-moon');
      const before = await desk.until((titles) => titles.length === 5);
      await desk.button('Show more candidates').click();
      const more = desk.page.getByRole('list', { name: 'More candidates, best first' });
      const next = await more.locator('[data-title]').first().innerText();
      expect(before).not.toContain(next);
      await more.getByRole('button', { name: `Pin: ${next}` }).click();
      await desk.until((titles) => titles[0] === `*${next}`);
      await desk.undo();
      await desk.shows(before);
    });

    describeEntrySearch(officeOf, () => desk);
    describeLateAnswers(officeOf, () => desk);
    describeForeignAnswers(officeOf, () => desk);
  });

  test('the stock Author, who reads only their own entries: the panel says what is held back', async () => {
    const office = officeOf();
    await office.allow('strapi-author', ['plugin::related-articles.suggestions.read']);
    const author = await office.desk({ account: await office.hire('Otto', 'strapi-author') });
    await author.openNew();
    await author.page.getByLabel('title').fill('Sourdough bread for beginners');
    await author.page
      .getByText("You can't read every field used here, so suggestions appear after you save.")
      .waitFor();
    expect(await author.page.getByText(/No close matches/).count()).toBe(0);
    await author.save();
    await author.page.getByText('No matches among the entries you can read.').waitFor();
    await author.page.context().close();
    await office.allow('strapi-author', []);
  });
}
