import type { Desk, Office } from './admin-page';

/** How editors change a list, and what visitors get then. */
export function describeCurating(officeOf: () => Office): void {
  describe('overrule', () => {
    let desk: Desk;
    beforeAll(async () => {
      desk = await officeOf().desk({ height: 1400 });
    });
    afterAll(() => desk.page.context().close());

    test('write an article, pin, reorder, exclude, undo, publish: visitors get what the editor decided', async () => {
      const office = officeOf();
      await desk.openNew();
      await desk.page.getByLabel('title').fill('Moonrise over the lake');
      await desk.page
        .getByLabel('excerpt')
        .fill('The moon, its craters and an eclipse, through binoculars or a telescope at night.');
      await desk.until((titles) => titles.includes('An evening on the Moon'));
      await desk.save();
      await desk
        .button(/^Pin: /)
        .first()
        .waitFor();
      const before = await desk.until((titles) => titles.length >= 3);
      const documentId = /article\.article\/(\w+)/.exec(desk.page.url())?.[1] as string;
      expect(await office.served(documentId)).toEqual(['not found']);

      await desk.button(`Pin: ${before[2]}`).click();
      await desk.says(`Pinned: ${before[2]}`);
      const pinned = [`*${before[2]}`, before[0], before[1], ...before.slice(3)];
      await desk.shows(pinned);

      await desk.choose(before[0], 'Remove from this list');
      await desk.says(`Removed from this list: ${before[0]}`);
      await desk.until((titles) => !titles.includes(before[0]));
      await desk.undo();
      await desk.says(`Change undone. Allowed again: ${before[0]}`);
      await desk.shows(pinned);
      await desk.choose(before[1], 'Remove from this list');
      await desk.until((titles) => !titles.includes(before[1]));
      await desk.button('One entry removed from this list').click();
      await desk.button(`Allow again: ${before[1]}`).waitFor();

      // Any entry can be pinned, by its title.
      const search = desk.page.getByRole('combobox', { name: 'Pin another entry' });
      await search.pressSequentially('sourdough');
      await desk.page.getByRole('option', { name: /sourdough starter/i }).click();
      const withBread = await desk.until((titles) => /^\*.*sourdough starter/i.test(titles[1]));

      // To the top, by its handle.
      const handle = desk.rows.nth(1).getByRole('button', { name: /^Move/ });
      const from = (await handle.boundingBox()) as { x: number; y: number };
      const to = (await desk.rows.first().boundingBox()) as { x: number; y: number };
      await desk.page.mouse.move(from.x + 5, from.y + 8);
      await desk.page.mouse.down();
      await desk.page.mouse.move(from.x + 5, from.y - 20, { steps: 5 });
      await desk.page.mouse.move(from.x + 5, to.y - 5, { steps: 10 });
      await desk.page.mouse.up();
      await desk.says(/^Moved to position 1/);
      const dragged = [withBread[1], withBread[0], ...withBread.slice(2)];
      await desk.shows(dragged);
      await desk.picture('panel-pinned');
      const names = dragged.map((title) => title.replace(/^\*/, ''));
      await desk.choose(names[2], 'Move to the top');
      await desk.says(/^Moved to position 1/);
      await desk.until(([title]) => title === `*${names[2]}`);
      await desk.undo();
      await desk.says(`Change undone. Unpinned: ${names[2]}`);
      await desk.shows(dragged);

      await desk.publish();
      // A published article counts among the others too, which may let one more pass.
      const served = await office.served(documentId);
      expect(served.slice(0, dragged.length)).toEqual(dragged);
      await desk.button('History').click();
      const history = desk.page.getByRole('dialog');
      await history.getByText('Reordered the pins.').waitFor();
      await history.getByText('Undone:').first().waitFor();
      await history.getByText(`Removed from this list: ${before[1]}`).waitFor();
      await desk.picture('history');
      await desk.page.keyboard.press('Escape');
    });

    test('by keyboard alone', async () => {
      await desk.open('counting-the-perseids');
      const before = await desk.until((titles) => titles.length === 5);
      const { keyboard } = desk.page;
      await desk.rows.nth(2).getByRole('button', { name: /^Move/ }).focus();
      await keyboard.press('Space');
      await desk.page
        .getByText(/^Picked up .*, at position 3 of 5\.$/)
        .waitFor({ state: 'attached' });
      await keyboard.press('ArrowUp');
      await desk.page.getByText(/is over position 2 of 5\.$/).waitFor({ state: 'attached' });
      await keyboard.press('ArrowUp');
      await desk.page.getByText(/is over position 1 of 5\.$/).waitFor({ state: 'attached' });
      await keyboard.press('Space');
      const moved = [`*${before[2]}`, ...before.filter((title) => title !== before[2])];
      await desk.shows(moved);
      await desk.says(`Moved to position 1 and pinned: ${before[2]}`);

      // Tab moves from the handle to the title, the pin and the menu.
      await desk.rows.first().getByRole('button', { name: /^Move/ }).focus();
      for (let i = 0; i < 3; i += 1) await keyboard.press('Tab');
      await keyboard.press('Enter');
      await desk.page.getByRole('menuitem', { name: 'Remove from this list' }).waitFor();
      await keyboard.press('ArrowDown');
      await desk.page
        .locator('[role=menuitem]:focus', { hasText: 'Remove from this list' })
        .waitFor();
      await keyboard.press('Enter');
      await desk.until((titles) => !titles.includes(`*${before[2]}`));
      await desk.says(`Removed from this list: ${before[2]}`);
      expect(await desk.faults()).toEqual([]);
    });

    test('two editors: changes to different entries are merged, a contradiction asks', async () => {
      const other = await officeOf().desk({
        account: await officeOf().hire('Bea', 'strapi-super-admin'),
      });
      const documentId = await desk.open('planning-a-dark-sky-night');
      await other.openId(documentId);
      const titles = await desk.until((list) => list.length === 5);
      await other.shows(titles);

      await other.button(`Pin: ${titles[4]}`).click();
      await other.says(`Pinned: ${titles[4]}`);
      await desk.button(`Pin: ${titles[3]}`).click();
      await desk.says(`Pinned: ${titles[3]}`);
      const both = [`*${titles[4]}`, `*${titles[3]}`, ...titles.slice(0, 3)];
      await desk.shows(both);
      expect(await officeOf().served(documentId)).toEqual(both);
      // The other editor's panel shows it without a reload.
      await other.shows(both);

      // An undo takes back one's own change, never the other editor's.
      await other.undo();
      const mine = [`*${titles[3]}`, ...titles.slice(0, 3), titles[4]];
      await other.shows(mine);
      await desk.shows(mine);

      // Before the other editor's panel knows of it.
      await other.page.route('**/related-articles/curations/**', (route) =>
        route.request().method() === 'GET' ? route.abort() : route.continue(),
      );
      await desk.choose(titles[0], 'Remove from this list');
      await desk.says(`Removed from this list: ${titles[0]}`);
      await other.button(`Pin: ${titles[0]}`).click();
      await other.says(/changed this list/);
      await other.picture('conflict');
      await other.button('Keep theirs').click();
      await other.until((list) => !list.includes(titles[0]));
      await other.page.context().close();
    });

    test('a clone is a new entry until it is saved', async () => {
      const documentId = await desk.open('planning-a-dark-sky-night');
      await desk.until((titles) => titles.length === 5);
      await desk.openClone(documentId);
      await desk.page.getByText('Save this entry to pin or hide suggestions.').waitFor();
      await desk.until((titles) => titles.length === 5);
      expect(await desk.button('History').count()).toBe(0);
    });

    test('an orphan is found and fixed', async () => {
      await desk.openNew();
      await desk.page.getByLabel('title').fill('Keeping bees on a roof');
      await desk.page
        .getByLabel('excerpt')
        .fill('Hives, honey, swarms: what a colony needs between chimneys and a garden below.');
      await desk.save();
      await desk.page.getByText("Not suggested until it's published.").waitFor();
      await desk.publish();
      await desk.page.getByText(/Orphan: not suggested anywhere\./).waitFor();
      const fixes = desk.button(/^Pin there: /);
      expect(await fixes.count()).toBe(3);
      await desk.picture('orphan');
      const host = ((await fixes.first().getAttribute('aria-label')) as string).slice(10);
      await fixes.first().click();
      await desk.page.getByText(`Pinned to ${host}`).first().waitFor();
      // The other proposals stay, and so does the undo.
      expect(await fixes.count()).toBe(2);
      await desk.button('Suggested on one entry').waitFor();
      await desk.button(`Undo pinning to ${host}`).click();
      await desk.page.getByText(`Unpinned from ${host}`).first().waitFor();
      expect(await fixes.count()).toBe(3);
      await fixes.first().click();
      await desk.button('Suggested on one entry').click();
      const opened = desk.page.context().waitForEvent('page');
      await desk.page.getByRole('link', { name: host }).first().click();
      const page = await opened;
      await page.getByRole('button', { name: 'Unpin: Keeping bees on a roof' }).waitFor();
      await page.close();
    });
  });
}
