import type { Desk, Office } from './admin-page';

const PLACE = '/admin/plugins/related-articles/settings';
const SETTINGS = '**/related-articles/settings/*';

/** The page where a site sets how its lists are made. */
export function describeSettings(officeOf: () => Office): void {
  describe('the settings', () => {
    let desk: Desk;
    beforeAll(async () => {
      const account = await officeOf().hire('Sam', 'strapi-super-admin');
      desk = await officeOf().desk({ account, height: 1000 });
    });
    afterAll(() => desk?.page.context().close());

    const open = async () => {
      await desk.page.goto(`${officeOf().base}${PLACE}`);
      await desk.page.getByText('Weights').waitFor();
    };
    const save = async () => {
      await desk.page.getByRole('button', { name: 'Save', exact: true }).click();
      await desk.says('Saved. Readers now get the new lists.');
    };
    const delaySaves = (milliseconds: number) =>
      desk.page.route(SETTINGS, async (route) => {
        if (route.request().method() === 'PUT') await desk.page.waitForTimeout(milliseconds);
        await route.continue();
      });
    /** Saves reach the server, but so many of their answers do not come back. */
    const loseAnswers = async (count: number) => {
      let lost = 0;
      await desk.page.route(SETTINGS, async (route) => {
        if (lost >= count || route.request().method() !== 'PUT') return route.continue();
        lost += 1;
        await route.fetch();
        return route.abort();
      });
    };
    /** Saves a value, of which the editor gets no answer. */
    const saveUnanswered = async (variety: string) => {
      await loseAnswers(2);
      await desk.page.getByLabel('Variety').fill(variety);
      await desk.page.getByRole('button', { name: 'Save', exact: true }).click();
      await desk.says(/Couldn't save: there is no connection/);
    };
    const lists = async (title: string) => {
      await desk.page.getByLabel('Show the list of').fill(title);
      await desk.page.getByRole('option').filter({ hasText: title }).first().waitFor();
      await desk.page.keyboard.press('Enter');
      await desk.page.getByRole('heading', { name: title }).waitFor();
    };
    /** A closing select takes the focus back once it has faded, which on a slow machine is while the test types. */
    const chooseName = async (name: string) => {
      const option = desk.page.getByRole('option', { name });
      for (let attempt = 1; ; attempt += 1) {
        await desk.page.getByLabel('Which one').click();
        await desk.page.getByLabel('Which one').fill('');
        await desk.page.keyboard.type(name.slice(0, 5).toLowerCase(), { delay: 30 });
        const timeout = attempt < 5 ? 3000 : 30_000;
        const isThere = await option.waitFor({ timeout }).then(() => true, () => attempt === 5); // prettier-ignore
        if (isThere) return option.click();
      }
    };
    /** The titles on one side of the first list. */
    const side = (at: number) =>
      desk.page.locator('h3 + div ol').nth(at).locator('li').evaluateAll((rows) =>
        rows.map((row) => (row.textContent ?? '').replace(/^\d+\. /, '').replace(/ \([^)]*\)$/, '').trim()),
      ); // prettier-ignore

    test('a weight is moved, its effect is shown, and the served list follows', async () => {
      const moon = await officeOf().idOf('an-evening-on-the-moon');
      const before = await officeOf().served(moon);
      await desk.page.goto(`${officeOf().base}/admin/plugins/related-articles`);
      await desk.page.getByRole('link', { name: 'Settings and rules' }).click();
      await desk.page.getByText('Weights').waitFor();
      await lists('An evening on the Moon');
      expect(await side(0)).toEqual(before);
      for (const label of ['Shared words', 'Titles', 'Categories and tags', 'Links']) {
        await desk.page.getByLabel(label, { exact: true }).fill('0');
      }
      await desk.page.getByText(/of 40 sampled lists would change/).waitFor();
      await desk.page.getByText('(new)').first().waitFor();
      const after = await side(1);
      expect(after).not.toEqual(before);
      expect(await officeOf().served(moon)).toEqual(before);
      expect(await desk.faultsIn('main')).toEqual([]);
      await save();
      expect(await officeOf().served(moon)).toEqual(after);
      await desk.button('Reset everything').click();
      await save();
      expect(await officeOf().served(moon)).toEqual(before);
    });

    test('what is shown is what is saved, and numbers out of range are reported', async () => {
      await open();
      const field = desk.page.getByLabel('Suggestions in a list');
      const age = desk.page.getByLabel('Age limit in days');
      const saving = desk.page.getByRole('button', { name: 'Save', exact: true });
      for (const [number, typed, told] of [
        [age, '0', /A whole number from 1 to 36.?500/],
        [field, '200', /A whole number from 1 to 100/],
      ] as const) {
        await number.fill(typed);
        await desk.page.getByText(told).waitFor();
        expect([await number.inputValue(), await saving.isEnabled()]).toEqual([typed, false]);
        await desk.page.getByRole('button', { name: 'Discard' }).click();
        await desk.page.getByText(told).waitFor({ state: 'detached' });
        expect(await number.inputValue()).not.toBe(typed);
      }
      await field.click();
      await desk.page.keyboard.press('End');
      await desk.page.keyboard.press('Backspace');
      expect(await field.inputValue()).toBe('');
      await desk.page.keyboard.type('8');
      expect(await field.inputValue()).toBe('8');
      await save();
      await open();
      expect(await field.inputValue()).toBe('8');
      await desk.button('Reset everything').click();
      await save();
      expect(await field.inputValue()).toBe('5');
    });

    test('if short lists are filled for readers, the panel says so', async () => {
      await open();
      await desk.page.getByLabel('Short lists are filled with').click();
      await desk.page.getByRole('option', { name: 'The newest entries' }).click();
      await save();
      await desk.open('the-ear-of-a-piano-tuner');
      await desk.page.getByText('For readers, the newest entries fill up this list').waitFor();
      await open();
      await desk.button('Reset everything').click();
      await save();
    });

    test('the focus follows a rule that is begun, cancelled, added and removed', async () => {
      await open();
      const { page } = desk;
      const focused = () => page.evaluate(() => `${document.activeElement?.role ?? ''} ${document.activeElement?.tagName} ${document.activeElement?.textContent}`); // prettier-ignore
      await desk.button('Add a rule').focus();
      await page.keyboard.press('Enter');
      expect(await focused()).toMatch(/^combobox/);
      await desk.button('Cancel').focus();
      await page.keyboard.press('Enter');
      expect(await focused()).toMatch(/BUTTON Add a rule$/);
      await page.keyboard.press('Enter');
      await page.getByLabel('What it does').click();
      await page.getByRole('option', { name: 'Suggest only what shares something' }).click();
      await desk.button('Add a rule').focus();
      await page.keyboard.press('Enter');
      expect(await focused()).toMatch(/BUTTON Add a rule$/);
      await page.getByRole('button', { name: /^Remove: Suggest only/ }).focus();
      await page.keyboard.press('Enter');
      expect(await focused()).toMatch(/UL/);
    });

    test('a preview that fails shows no figures of other settings, and is tried again', async () => {
      await open();
      const route = (url: URL) => url.pathname.endsWith('/preview');
      const label = 'Suggestions in a list';
      await desk.page.getByLabel(label, { exact: true }).fill('3');
      await desk.page.getByText(/of 40 sampled lists would change/).waitFor();
      await desk.page.route(route, (request) => request.abort());
      await desk.page.getByLabel(label, { exact: true }).fill('2');
      await desk.page.getByText('there is no connection to the server').first().waitFor();
      await desk.page.getByText(/of 40 sampled lists would change/).waitFor({ state: 'detached' });
      await desk.page.unroute(route);
      await desk.page.getByText(/of 40 sampled lists would change/).waitFor();
    });

    test('a rule is added in plain words, previewed, saved, served, and named as a reason', async () => {
      const moon = await officeOf().idOf('an-evening-on-the-moon');
      await open();
      await lists('An evening on the Moon');
      await desk.button('Add a rule').click();
      await desk.page.getByLabel('What it does').click();
      await desk.page.getByRole('option', { name: 'Put one entry first' }).click();
      await desk.page.getByLabel('The entry').waitFor();
      await chooseName('Night Sky');
      await desk.page.getByLabel('The entry').fill('ear of a piano');
      await desk.page.getByRole('option').filter({ hasText: 'The ear of a piano tuner' }).waitFor();
      await desk.page.keyboard.press('Enter');
      await desk.button('Add a rule').click();
      await desk.page.getByText('“The ear of a piano tuner” comes first next to entries with category “Night Sky”.', { exact: true }).waitFor(); // prettier-ignore
      await desk.page.getByText(/The ear of a piano tuner\s+\(new\)/).waitFor();
      await desk.picture('settings');
      await save();
      const [first] = await officeOf().served(moon);
      expect(first).toBe('The ear of a piano tuner');
      const { meta } = await (await fetch(`${officeOf().base}/api/articles/${moon}/related?fields=title&explain=true`)).json(); // prettier-ignore
      expect(meta.related[0]).toMatchObject({
        origin: 'placed',
        explanation: { rules: [{ kind: 'placed', relation: 'category', name: 'Night Sky' }] },
      });
      await open();
      await desk.page.getByRole('button', { name: /^Remove: “The ear of a piano tuner”/ }).click();
      await save();
    });

    test('of more names than can be offered, any other is typed', async () => {
      await desk.page.route(SETTINGS, async (route) => {
        if (route.request().method() !== 'GET') return route.continue();
        const response = await route.fetch();
        const body = await response.json();
        for (const relation of body.data.relations) relation.hasMore = true;
        return route.fulfill({ response, json: body });
      });
      await open();
      await desk.button('Add a rule').click();
      await desk.page.getByLabel('Which one').click();
      await desk.page.getByLabel('Which one').fill('Deep Sea');
      await desk.page.getByText('Use “Deep Sea”').click();
      expect(await desk.page.getByLabel('Which one').inputValue()).toBe('Deep Sea');
      await desk.button('Add a rule').click();
      await desk.page.getByText('Never suggest entries with category “Deep Sea”.', { exact: true }).waitFor(); // prettier-ignore
      await desk.page.unroute(SETTINGS);
      await desk.button('Discard changes').click();
    });

    test('what somebody else saved meanwhile is not overwritten', async () => {
      await open();
      const other = await officeOf().desk({ account: await officeOf().hire('Una', 'strapi-super-admin') }); // prettier-ignore
      await other.page.goto(`${officeOf().base}${PLACE}`);
      await other.page.getByLabel('Variety').fill('0.5');
      await other.page.getByRole('button', { name: 'Save', exact: true }).click();
      await other.says('Saved. Readers now get the new lists.');
      await desk.page.getByLabel('Links', { exact: true }).fill('2');
      await desk.page.getByRole('button', { name: 'Save', exact: true }).click();
      await desk.says(
        'Somebody else has changed these settings. Load theirs to go on; your changes will be lost.',
      );
      await desk.button('Load theirs').click();
      await desk.page.getByLabel('Variety').and(desk.page.locator('[value="0.5"]')).waitFor();
      await desk.button('Reset everything').click();
      await save();
      await other.page.context().close();
    });

    test('leaving with unsaved changes asks first', async () => {
      await open();
      await desk.page.getByLabel('Variety').fill('0.7');
      await desk.page.getByRole('link', { name: 'Overview', exact: true }).click();
      const question = desk.page.getByRole('alertdialog');
      await question.getByText('If you leave now, they are lost.').waitFor();
      await question.getByRole('button', { name: 'Stay' }).click();
      expect(await desk.page.getByLabel('Variety').inputValue()).toBe('0.7');
      await desk.page.getByRole('link', { name: 'Overview', exact: true }).click();
      await question.getByRole('button', { name: 'Leave without saving' }).click();
      await desk.page.getByText('What readers see next to each entry').waitFor();
      await open();
      expect(await desk.page.getByLabel('Variety').inputValue()).toBe('0.05');
    });

    test('leaving with a rule that is filled in but not added asks first', async () => {
      await open();
      await desk.button('Add a rule').click();
      await chooseName('Night Sky');
      await desk.page.getByRole('link', { name: 'Overview', exact: true }).click();
      const question = desk.page.getByRole('alertdialog');
      await question.getByText('If you leave now, they are lost.').waitFor();
      await question.getByRole('button', { name: 'Stay' }).click();
      await desk.button('Cancel').click();
      await desk.page.getByRole('link', { name: 'Overview', exact: true }).click();
      await desk.page.getByText('What readers see next to each entry').waitFor();
    });

    test('changes made while a save is under way stay, unsaved', async () => {
      await open();
      await delaySaves(1500);
      await desk.page.getByLabel('Variety').fill('0.3');
      await desk.page.getByRole('button', { name: 'Save', exact: true }).click();
      await desk.page.getByLabel('Links', { exact: true }).fill('2');
      await desk.says('Saved. Readers now get the new lists.');
      await desk.page.unroute(SETTINGS);
      expect(await desk.page.getByLabel('Links', { exact: true }).inputValue()).toBe('2');
      await desk.button('Discard changes').click();
      expect(await desk.page.getByLabel('Variety').inputValue()).toBe('0.3');
      expect(await desk.page.getByLabel('Links', { exact: true }).inputValue()).not.toBe('2');
      await desk.button('Reset everything').click();
      await save();
    });

    test('leaving while a save is under way says so, and goes on once it is done', async () => {
      await open();
      await delaySaves(2500);
      await desk.page.getByLabel('Variety').fill('0.2');
      await desk.page.getByRole('button', { name: 'Save', exact: true }).click();
      await desk.page.getByRole('link', { name: 'Overview' }).click();
      await desk.page.getByText('Changes are being saved').waitFor();
      await desk.page.getByText('What readers see next to each entry').waitFor();
      await desk.page.unroute(SETTINGS);
      await open();
      expect(await desk.page.getByLabel('Variety').inputValue()).toBe('0.2');
      await desk.button('Reset everything').click();
      await save();
    });

    test('a save whose answer is lost can be repeated, with the changes made since', async () => {
      await open();
      await saveUnanswered('0.4');
      await desk.page.getByLabel('Links', { exact: true }).fill('2');
      await save();
      await desk.page.unroute(SETTINGS);
      await open();
      expect(await desk.page.getByLabel('Variety').inputValue()).toBe('0.4');
      expect(await desk.page.getByLabel('Links', { exact: true }).inputValue()).toBe('2');
      await desk.button('Reset everything').click();
      await save();
    });

    test('a save whose answer is lost once is sent again', async () => {
      await open();
      await loseAnswers(1);
      await desk.page.getByLabel('Variety').fill('0.6');
      await save();
      await desk.page.unroute(SETTINGS);
      await desk.button('Reset everything').click();
      await save();
    });

    test('changes that may have been saved are not discarded without looking', async () => {
      await open();
      await saveUnanswered('0.8');
      await desk.page.unroute(SETTINGS);
      await desk.button('Discard changes').click();
      await desk.page.getByLabel('Variety').and(desk.page.locator('[value="0.8"]')).waitFor();
      await desk.button('Reset everything').click();
      await save();
    });

    test('after a lost answer, a value that was put back by hand can be saved', async () => {
      await open();
      const variety = desk.page.getByLabel('Variety');
      const before = await variety.inputValue();
      await saveUnanswered('0.8');
      await desk.page.unroute(SETTINGS);
      await variety.fill(before);
      await save();
      await open();
      expect(await variety.inputValue()).toBe(before);
      await desk.button('Reset everything').click();
      await save();
    });

    test('a save that fails after its page was left is reported', async () => {
      await open();
      await desk.page.route(SETTINGS, async (route) => {
        if (route.request().method() !== 'PUT') return route.continue();
        await desk.page.getByRole('img', { name: /^Map of / }).waitFor();
        return route.abort();
      });
      await desk.page.getByLabel('Variety').fill('0.9');
      await desk.page.getByRole('button', { name: 'Save', exact: true }).click();
      await desk.page.getByRole('link', { name: 'Map' }).click();
      await desk.page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
      await desk.page
        .getByText(/Couldn't save: there is no connection/)
        .first()
        .waitFor();
      await desk.page.unroute(SETTINGS);
    });

    test('without the permission there is no tab, and the page is refused', async () => {
      await officeOf().allow('strapi-editor', ['plugin::related-articles.overview.read']);
      const account = await officeOf().hire('Ed', 'strapi-editor');
      const editor = await officeOf().desk({ account });
      await editor.page.goto(`${officeOf().base}/admin/plugins/related-articles`);
      await editor.page.getByText('What readers see next to each entry').waitFor();
      expect(await editor.page.getByRole('link', { name: 'Settings and rules' }).count()).toBe(0);
      await editor.page.goto(`${officeOf().base}${PLACE}`);
      await editor.page
        .getByText("You don't have the permissions to access that content")
        .waitFor();
      await editor.page.context().close();
    });
  });
}
