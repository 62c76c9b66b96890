import { describeCurating } from './curating';
import { Office } from './desk';
import { describeSeeing } from './seeing';

/** The demo installs and builds what is not there yet. */
const STARTING_MS = 600_000;

let office: Office;
beforeAll(async () => {
  office = await Office.open();
}, STARTING_MS);
afterAll(() => office?.close());

describeSeeing(() => office);
describeCurating(() => office);
