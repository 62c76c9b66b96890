import type { Desk, Office } from './admin-page';

/** A short list, which is filled up with the newest entries for readers. */
export function describeFilling(officeOf: () => Office): void {
  describe('a list that is filled', () => {
    let desk: Desk;
    beforeAll(async () => {
      const account = await officeOf().hire('Fay', 'strapi-super-admin');
      desk = await officeOf().desk({ account, height: 1400 });
    });
    beforeEach(() => officeOf().set({ minScore: 1, fallback: 'newest' }));
    afterAll(async () => {
      await officeOf().set({});
      await desk?.page.context().close();
    });

    test('entries that fill it are shown, can be removed and pinned, and are what readers get', async () => {
      const office = officeOf();
      const { page } = desk;
      const documentId = await desk.open('the-ear-of-a-piano-tuner');
      await page.getByText('For readers, the newest entries fill up this list:').waitFor();
      const before = await desk.shown();
      expect(before).toEqual(await office.served(documentId));
      expect(before).toHaveLength(5);

      await desk.choose(before[1], 'Remove from this list');
      await desk.says(`Removed from this list: ${before[1]}`);
      const left = await desk.until((titles) => !titles.includes(before[1]) && titles.length === 5);
      expect(left).toEqual(await office.served(documentId));

      // Nothing moves under the pointer: a second click undoes the first.
      const [, wanted] = left;
      const button = desk.rows.nth(1).locator('[data-control=pin]');
      await button.click();
      await desk.says(`Pinned: ${wanted}`);
      await page.waitForTimeout(1000);
      expect(await desk.shown()).toEqual(left.map((title, at) => (at === 1 ? `*${title}` : title)));
      expect(await page.getByText('Allow again').count()).toBe(0);
      const { x, y } = (await button.boundingBox()) as { x: number; y: number };
      await page.mouse.click(x + 5, y + 5);
      await desk.says(`Unpinned: ${wanted}`);
      await page.waitForTimeout(1000);
      expect(await desk.shown()).toEqual(left);
      expect(await page.getByText('Allow again').count()).toBe(0);
      await page.mouse.click(x + 5, y + 5);
      await desk.says(`Pinned: ${wanted}`);
      const pinned = [`*${wanted}`, ...left.filter((title) => title !== wanted)];
      await desk.shows(pinned);
      expect(await office.served(documentId)).toEqual(pinned);
      expect(await desk.faults()).toEqual([]);

      // With the keyboard, the focus stays with the row.
      await desk.rows.nth(1).locator('[data-control=pin]').focus();
      await page.keyboard.press('Enter');
      await desk.says(`Pinned: ${pinned[1]}`);
      await desk.until((titles) => titles[1] === `*${pinned[1]}`);
      await page.keyboard.press('Enter');
      await desk.says(`Unpinned: ${pinned[1]}`);
      await desk.shows(pinned);
    });
  });
}
