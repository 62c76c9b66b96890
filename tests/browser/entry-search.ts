import type { Locator } from 'playwright-core';

import type { Desk, Office } from './admin-page';

const FOUND = /related-articles\/entries\/[^/]+\?/;

/** The field that searches for any entry. */
export function describeEntrySearch(officeOf: () => Office, deskOf: () => Desk): void {
  describe('a search for an entry', () => {
    let desk: Desk;
    let search: Locator;
    let before: string[];
    let documentId: string;
    beforeEach(async () => {
      desk = deskOf();
      documentId = await desk.open('astronomy-with-binoculars');
      before = await desk.until((titles) => titles.length === 5);
      search = desk.page.getByRole('combobox', { name: 'Pin another entry' });
      await search.scrollIntoViewIfNeeded();
      await search.click();
      await desk.page.mouse.move(300, 5);
    });

    const options = () => desk.page.getByRole('option');

    test('Enter waits for the results for everything that was typed', async () => {
      const { page } = desk;
      await page.keyboard.type('s');
      await options().first().waitFor();
      const first = await options().first().innerText();
      expect(first).not.toContain('Waking a sourdough starter');
      await page.route(FOUND, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 800));
        return route.continue();
      });
      // The results for the first letter are still shown.
      await page.keyboard.type('tarter sour');
      await page.keyboard.press('Enter');
      await desk.until((titles) => titles[0].startsWith('*Waking a sourdough starter'));
      await page.unroute(FOUND);
      await desk.undo();
      await desk.shows(before);
    });

    test('Enter chooses what the arrow keys have reached, though other results are on their way', async () => {
      const { page } = desk;
      await page.keyboard.type('s');
      await options().nth(2).waitFor();
      await page.route(FOUND, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 800));
        return route.continue();
      });
      await page.keyboard.type('t');
      await page.keyboard.press('ArrowDown');
      const reached = (await options().nth(1).innerText()).split('\n')[0];
      await page.keyboard.press('Enter');
      await desk.until((titles) => titles[0] === `*${reached}`);
      await page.unroute(FOUND);
      await desk.undo();
      await desk.shows(before);
    });

    test('Strapi’s shortcut for saving does not pin', async () => {
      const { page } = desk;
      await page.keyboard.type('sourdough');
      await options().first().waitFor();
      await page.keyboard.press('Control+Enter');
      await page.waitForTimeout(1000);
      await desk.shows(before);
      await page.keyboard.press('Escape');
    });

    test('characters with a meaning in addresses are sent as they are typed', async () => {
      const { page } = desk;
      for (const text of ['Bed & break', 'C# für', '50% + 1', 'a=b?c/d']) {
        const answered = page.waitForResponse((response) => FOUND.test(response.url()) && new URL(response.url()).searchParams.get('query') === text); // prettier-ignore
        await search.fill(text);
        const response = await answered;
        const asked = new URL(response.url()).searchParams;
        expect([response.status(), asked.get('locale')]).toEqual([200, 'en']);
        expect((await response.json()).data).toEqual([]);
      }
      await page.keyboard.press('Escape');
    });

    test('a long title that is pasted whole is searched for by its beginning', async () => {
      const asked = (url: string) => new URL(url).searchParams.get('query') ?? '';
      const answered = desk.page.waitForResponse((response) => FOUND.test(response.url()) && asked(response.url()).startsWith('Moon word')); // prettier-ignore
      await search.fill(`Moon ${'word '.repeat(60)}`);
      const response = await answered;
      expect(response.status()).toBe(200);
      expect(asked(response.url()).length).toBeLessThanOrEqual(100);
      await desk.page.keyboard.press('Escape');
    });

    test('the Enter that confirms a word of an input method selects nothing', async () => {
      const { page } = desk;
      const devtools = await page.context().newCDPSession(page);
      // While the input method shows what it would write.
      await devtools.send('Input.imeSetComposition', { text: 'moon', selectionStart: 4, selectionEnd: 4 }); // prettier-ignore
      await options().first().waitFor();
      await devtools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229, nativeVirtualKeyCode: 36 }); // prettier-ignore
      await page.waitForTimeout(1500);
      expect(await officeOf().served(documentId)).toEqual(before);
      await devtools.send('Input.imeSetComposition', { text: '', selectionStart: 0, selectionEnd: 0 }); // prettier-ignore
      await devtools.detach();
      await page.keyboard.press('Escape');
    });

    test('a mouse at rest under the options selects none of them', async () => {
      const { page } = desk;
      const type = async () => {
        await page.keyboard.type('a');
        await options().nth(2).waitFor();
        await page.waitForTimeout(500);
      };
      await type();
      const third = (await options().nth(2).boundingBox()) as { x: number; y: number };
      await page.keyboard.press('Escape');
      await page.mouse.move(third.x + 20, third.y + 10);
      await type();
      const selected = page.getByRole('option', { selected: true });
      const [first, , other] = await options().allInnerTexts();
      expect(await selected.innerText()).toBe(first);
      await page.mouse.move(third.x + 25, third.y + 12);
      await page.waitForTimeout(200);
      expect(await selected.innerText()).toBe(other);
      await page.keyboard.press('Escape');
    });

    test('the option reached with the arrow keys is in view', async () => {
      const { page } = desk;
      await page.keyboard.type('a');
      await options().first().waitFor();
      await page.waitForTimeout(500);
      for (let at = 1; at < (await options().count()); at += 1)
        await page.keyboard.press('ArrowDown');
      await page.waitForTimeout(300);
      const isInSight = await page.getByRole('option', { selected: true }).evaluate((option) => {
        const { left, top, width, height } = option.getBoundingClientRect();
        const seen = document.elementFromPoint(left + width / 2, top + height - 3);
        return seen !== null && option.contains(seen);
      });
      expect(isInSight).toBe(true);
      await page.keyboard.press('Escape');
    });
  });
}
