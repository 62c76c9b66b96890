import { describeClient } from './client-flow';
import { describeCurating } from './curation-flow';
import { Office } from './admin-page';
import { describeEverywhere } from './everywhere';
import { describeFilling } from './filled-flow';
import { describeHurrying } from './in-a-hurry';
import { describeLinking } from './links-flow';
import { describeSeeing } from './list-view';
import { describeOverview } from './overview-flow';
import { describePicking } from './picked-flow';
import { describeSettings } from './settings-flow';
import { describeSite } from './site-flow';

/** The demo installs and builds what is not there yet. */
const STARTING_MS = 600_000;

let office: Office;
beforeAll(async () => {
  office = await Office.open();
}, STARTING_MS);
afterEach(async () => {
  if ((globalThis as { hasFailed?: boolean }).hasFailed) await office?.tidy();
});
afterAll(() => office?.close());

describeSeeing(() => office);
describeCurating(() => office);
describeHurrying(() => office);
describePicking(() => office);
describeFilling(() => office);
describeLinking(() => office);
describeEverywhere(() => office);
describeOverview(() => office);
describeSettings(() => office);
describeSite(() => office);
describeClient(() => office);
