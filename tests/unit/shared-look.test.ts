import { SharedLook } from 'plugin/changes/shared-look';

/** A look that ends on command. */
function held() {
  const ends: ((answer: number) => void)[] = [];
  const look = new SharedLook(() => new Promise<number>((resolve) => ends.push(resolve)));
  return { look, ends };
}
const turns = () => new Promise((resolve) => setImmediate(resolve));

test('callers who ask during a look share the next one, which begins after they asked', async () => {
  const { look, ends } = held();
  const first = look.ask();
  const late = [look.ask(), look.ask(), look.ask()];
  await turns();
  expect(ends).toHaveLength(1);
  ends[0](1);
  expect(await first).toBe(1);
  await turns();
  expect(ends).toHaveLength(2);
  const later = look.ask();
  ends[1](2);
  expect(await Promise.all(late)).toEqual([2, 2, 2]);
  await turns();
  expect(ends).toHaveLength(3);
  ends[2](3);
  expect(await later).toBe(3);
});

test('a failed look fails for all who share it, and the next one starts afresh', async () => {
  let looks = 0;
  const look = new SharedLook(async () => {
    looks += 1;
    await turns();
    if (looks === 1) throw new Error('gone');
    return looks;
  });
  const answers = await Promise.allSettled([look.ask(), look.ask(), look.ask()]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(await look.ask()).toBe(3);
});
