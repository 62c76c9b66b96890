import { Remembered } from 'plugin/config/remembered';

test('keeps an answer for a while, whatever the time of day is set to', async () => {
  const remembered = new Remembered<number>(20);
  let asked = 0;
  const ask = async () => (asked += 1);
  expect(await remembered.of('a', ask)).toBe(1);
  expect(await remembered.of('a', ask)).toBe(1);
  const day = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(await remembered.of('a', ask)).toBe(2);
  day.mockRestore();
});
