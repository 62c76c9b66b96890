import type { Desk, Office } from './admin-page';
import { WORDS } from './words';

/** The panel in its four languages, both themes, from a phone to a large screen. */
export function describeEverywhere(officeOf: () => Office): void {
  describe('everywhere', () => {
    let desk: Desk;
    beforeAll(async () => {
      const account = await officeOf().hire('Remy', 'strapi-super-admin');
      desk = await officeOf().desk({ account, height: 1000 });
    });
    afterAll(() => desk?.page.context().close());

    test.each([
      ['en', 'dark', 390],
      ['de', 'light', 390],
      ['fr', 'light', 1280],
      ['fr', 'dark', 390],
      ['es', 'dark', 1280],
      ['es', 'light', 1920],
    ] as const)('in %s, %s, at %s', async (language, theme, width) => {
      const words = WORDS[language];
      await desk.set(language, theme, { width, height: 1000 });
      await desk.open('an-evening-on-the-moon');
      const before = await desk.until((titles) => titles.length === 5);
      await desk.rows.first().getByText(words['strength.strong']).first().waitFor();
      // On a phone, Strapi keeps its panels in a drawer at the bottom.
      if (width === 390) await desk.page.mouse.click(358, 968);
      // Nothing sticks out at the side.
      const { x, width: wide } = (await desk.rows.first().boundingBox()) as { x: number; width: number }; // prettier-ignore
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + wide).toBeLessThanOrEqual(width);
      expect(await desk.faults()).toEqual([]);

      // The strength opens the reasons, as the title does.
      await desk.rows.first().getByText(words['strength.strong']).click();
      const card = desk.page.getByRole('dialog', { name: before[0] });
      await card.getByText(words['reason.linksBoth']).waitFor();
      const box = (await card.boundingBox()) as { x: number; width: number };
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      if (width === 390 && theme === 'dark') await desk.picture('panel-phone');
      await desk.page.keyboard.press('Escape');

      const pin = desk.rows.nth(2).locator('[data-control=pin]');
      await pin.click();
      await desk.says(words['done.pinned'].replace('{title}', before[2]));
      await desk.until((titles) => titles[0] === `*${before[2]}`);
      await desk.rows.first().locator('[data-control=pin]').click();
      await desk.shows(before);
    });
  });
}
