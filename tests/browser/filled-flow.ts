import type { Desk, Office } from './admin-page';

/** A short list, which the newest entries fill for readers. */
export function describeFilling(officeOf: () => Office): void {
  describe('a list that is filled', () => {
    let desk: Desk;
    beforeAll(async () => {
      const account = await officeOf().hire('Fay', 'strapi-super-admin');
      desk = await officeOf().desk({ account, height: 1400 });
      await officeOf().set({ minScore: 1, fallback: 'newest' });
    });
    afterAll(async () => {
      await officeOf().set({});
      await desk?.page.context().close();
    });

    test('what fills it is shown, can be removed and pinned, and is what readers get', async () => {
      const office = officeOf();
      const documentId = await desk.open('the-ear-of-a-piano-tuner');
      const filled = desk.page.getByRole('list', { name: 'What fills the list' });
      const titles = () => filled.locator('[data-title]').allTextContents();
      await desk.page.getByText('The newest entries fill this list up for readers:').waitFor();
      const before = await titles();
      expect(before).toEqual(await office.served(documentId));
      expect(before).toHaveLength(5);

      await desk.choose(before[1], 'Remove from this list');
      await desk.says(`Removed from this list: ${before[1]}`);
      await desk.lookAway();
      await filled.getByText(before[1], { exact: true }).waitFor({ state: 'detached' });
      await desk.button(`Pin: ${before[2]}`).click();
      await desk.says(`Pinned: ${before[2]}`);
      // While one points at it, it stays in its place, and is none that was removed.
      expect(await filled.getByText('Removed').count()).toBe(0);
      await filled.getByRole('button', { name: `Unpin: ${before[2]}` }).waitFor();
      await desk.lookAway();
      await desk.shows([`*${before[2]}`]);
      const [pin, ...rest] = await office.served(documentId);
      expect(pin).toBe(`*${before[2]}`);
      expect(await titles()).toEqual(rest);
      expect(rest).not.toContain(before[1]);
      expect(rest).toHaveLength(4);

      await desk.undo();
      await desk.undo();
      await desk.says(`Change undone. Allowed again: ${before[1]}`);
      await filled.getByText(before[1], { exact: true }).first().waitFor();
      expect(await titles()).toEqual(before);
    });
  });
}
