import { describeCurating } from './curating';
import { Office } from './desk';
import { describeSeeing } from './seeing';

let office: Office;
beforeAll(async () => {
  office = await Office.open();
});
afterAll(() => office?.close());

describeSeeing(() => office);
describeCurating(() => office);
