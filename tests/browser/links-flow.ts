import type { Desk, Office } from './admin-page';

/** Links within the text: proposed, inserted, removed, fixed. */
export function describeLinking(officeOf: () => Office): void {
  describe('links in the text', () => {
    let desk: Desk;
    beforeAll(async () => {
      // Strapi allows only a few logins in a row.
      const account = await officeOf().hire('Lena', 'strapi-super-admin');
      desk = await officeOf().desk({ height: 1400, account });
    });
    afterAll(() => desk?.page.context().close());

    const textOf = async () =>
      (await desk.page.locator('.CodeMirror-code').allInnerTexts()).join('\n');

    test('a link is proposed with its sentence, inserted, and removed', async () => {
      await desk.open('a-compost-heap-that-heats');
      await desk.button(/^\d+ links you could add|^One link you could add/).click();
      const proposal = desk.page.getByRole('button', { name: /^Insert link from/ }).first();
      const name = (await proposal.getAttribute('aria-label')) as string;
      const [, phrase, title] = /^Insert link from “(.*)” to (.*)$/.exec(name) as RegExpExecArray;
      expect(await textOf()).not.toContain(`[${phrase}]`);
      await desk.picture('links');
      await proposal.click();
      await desk.page
        .getByText(`“${phrase}” links to ${title}. Save the entry to keep the link.`)
        .waitFor();
      expect(await textOf()).toContain(`[${phrase}](/articles/`);
      // It is not proposed a second time.
      await desk.page.waitForTimeout(2500);
      expect(
        await desk.page.getByRole('button', { name: new RegExp(`to ${title}$`) }).count(),
      ).toBe(0);
      await desk.button('Remove link').click();
      expect(await textOf()).not.toContain(`[${phrase}]`);
    });

    test('a link is inserted while somebody types; if its phrase was rewritten, the panel says so', async () => {
      await desk.open('saving-tomato-seed');
      await desk.button(/^\d+ links you could add|^One link you could add/).click();
      const proposal = desk.page.getByRole('button', { name: /^Insert link from/ }).first();
      const name = (await proposal.getAttribute('aria-label')) as string;
      const [, phrase] = /^Insert link from “(.*)” to (.*)$/.exec(name) as RegExpExecArray;
      await desk.page.locator('.CodeMirror').first().click();
      await desk.page.keyboard.press('Control+Home');
      await desk.page.keyboard.type('Well, ');
      await proposal.click();
      await desk.page.getByText(`“${phrase}” links to`).waitFor();
      expect(await textOf()).toContain(`[${phrase}](/articles/`);
      await desk.button('Remove link').click();
      // The search for links fails, and the whole text is replaced.
      await desk.page.route('**/related-articles/links/**', (route) => route.abort());
      await desk.page.locator('.CodeMirror').first().click();
      await desk.page.keyboard.press('Control+A');
      await desk.page.keyboard.type(`Nothing of it, but ${phrase}s: ![](/${phrase}.jpg)`);
      await desk.page.getByText("Couldn't look for links again").waitFor();
      await desk.page
        .getByRole('button', { name: /^Insert link from/ })
        .first()
        .click();
      await desk.says(/The text has changed there/);
      expect(await textOf()).not.toContain('](/articles/');
      await desk.page.unroute('**/related-articles/links/**');
    });

    test('before an entry is unpublished, the panel says what readers lose', async () => {
      await desk.open('choosing-a-first-telescope');
      await desk.rows.first().waitFor();
      const menu = desk.page.locator('aside').filter({ hasText: 'Publish' }).first();
      await menu.getByRole('button', { name: /more/i }).click();
      await desk.page.getByRole('menuitem', { name: 'Unpublish', exact: true }).click();
      const dialog = desk.page.getByRole('alertdialog');
      await dialog.getByText('Unpublish this entry?').waitFor();
      await dialog.getByText(/It is suggested on \d+ entries\./).waitFor();
      await dialog.getByText(/texts? links? to it; those links would lead nowhere: .*An evening on the Moon/).waitFor(); // prettier-ignore
      await desk.picture('withdrawal');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      // Only one language.
      await desk.page.getByRole('button', { name: 'More actions' }).first().click();
      await desk.page.getByRole('menuitem', { name: /^Delete entry \(English/ }).click();
      await dialog.getByText(/It is suggested on \d+ entries\./).waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      expect(await officeOf().idOf('choosing-a-first-telescope')).toBeTruthy();
    });

    test('a broken link is named, with the entry probably meant, and fixed', async () => {
      await desk.open('the-ear-of-a-piano-tuner');
      await desk.page.getByText('A broken link').waitFor();
      await desk.page
        .getByText("leads to /articles/sharpening-chisels, which doesn't exist.")
        .waitFor();
      await desk.picture('broken-link');
      await desk.button('Link to “Sharpening chisels without gadgets” instead').click();
      expect(await textOf()).toContain('](/articles/sharpening-chisels-without-gadgets)');
      await desk.page.getByText(/^The link now leads to Sharpening chisels without gadgets/).waitFor(); // prettier-ignore
      await desk.page.getByText('A broken link').waitFor({ state: 'detached' });
      expect(await desk.faults()).toEqual([]);
    });
  });
}
