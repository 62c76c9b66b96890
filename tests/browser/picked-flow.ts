import { until } from '../../soak/processes';
import type { Desk, Office } from './admin-page';

/** A relation in which editors pick entries by hand, filled from the list. */
export function describePicking(officeOf: () => Office): void {
  describe('the field of picks', () => {
    let desk: Desk;
    beforeAll(async () => {
      // Strapi allows few logins of one account within a while.
      const account = await officeOf().hire('Pia', 'strapi-super-admin');
      desk = await officeOf().desk({ account, height: 1600 });
    });
    afterAll(() => desk?.page.context().close());

    const fill = () => desk.button('Fill “relatedArticles”');
    /** The last field of the form. */
    const field = () => desk.page.getByRole('tabpanel').locator('ol').last().locator('li');
    const picks = () =>
      field().evaluateAll((rows) =>
        rows.map((row) => (row as HTMLElement).innerText.split('\n')[1]),
      );
    const picked = (title: string) => field().getByText(title).waitFor();

    test('is filled with one click, and its entries are served once they are published', async () => {
      const office = officeOf();
      const documentId = await desk.open('an-evening-on-the-moon');
      const before = await desk.until((titles) => titles.length === 5);
      await fill().click();
      await desk.page.getByText('5 entries added to “relatedArticles”.').first().waitFor();
      await fill().waitFor({ state: 'detached' });
      for (const title of before) await picked(title);
      // They are picks now, and none is lost by removing one and filling again.
      await desk.page.getByText('Picked in this entry').first().waitFor();
      await field().getByRole('button', { name: 'Remove' }).first().click();
      await fill().click();
      await desk.page.getByText('One entry added to “relatedArticles”.').first().waitFor();
      const filled = [...before.slice(1), before[0]];
      await desk.publish();
      // Strapi reads the field again.
      await until('the picks are there again', async () => String(await picks()) === String(filled)); // prettier-ignore
      const { data, meta } = await (await fetch(`${office.base}/api/articles/${documentId}/related?fields=title`)).json(); // prettier-ignore
      expect(data.map(({ title }: { title: string }) => title)).toEqual(filled);
      expect(meta.related.every(({ origin }: { origin: string }) => origin === 'picked')).toBe(
        true,
      );
      await fill().waitFor({ state: 'detached' });
      await office.unpick();
      expect(await office.served(documentId)).toEqual(before);
    });

    test('adds after what is saved, and keeps the order', async () => {
      await desk.open('counting-the-perseids');
      const [first] = await desk.until((titles) => titles.length === 5);
      await fill().click();
      await picked(first);
      await desk.save();
      await desk.page.reload();
      await picked(first);
      for (let left = 5; left > 1; left -= 1) {
        await field().getByRole('button', { name: 'Remove' }).last().click();
      }
      await desk.save();
      await fill().click();
      await until('it is filled', async () => (await picks()).length === 5);
      const titles = await picks();
      expect(titles[0]).toBe(first);
      await desk.save();
      await desk.page.reload();
      await until('the picks are there again', async () => (await picks()).length === 5);
      expect(await picks()).toEqual(titles);
    });
  });
}
