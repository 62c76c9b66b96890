import { confirmed } from 'plugin/changes/confirmed';

/** Runs looks with these findings; `isWritten` says whether something is written during each. */
async function told(found: readonly number[], isWritten: readonly boolean[]) {
  let position = 1;
  let looks = 0;
  const differences = await confirmed(
    { idle: async () => undefined, position: () => position, isStopped: () => false },
    async () => {
      if (isWritten[looks]) position += 1;
      looks += 1;
      return found[looks - 1];
    },
  );
  return { differences, looks };
}

test('looks again if something was written meanwhile, and reports only what differs each time', async () => {
  expect(await told([0], [true])).toEqual({ differences: 0, looks: 1 });
  expect(await told([2], [false])).toEqual({ differences: 2, looks: 1 });
  expect(await told([3, 1, 0], [true, true, false])).toEqual({ differences: 0, looks: 3 });
  expect(await told([3, 2], [true, false])).toEqual({ differences: 2, looks: 2 });
  const always = [true, true, true, true];
  expect(await told([9, 9, 9, 9], always)).toEqual({ differences: 9, looks: 4 });
});
