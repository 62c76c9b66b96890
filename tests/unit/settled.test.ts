import { settled } from 'plugin/cli/settled';

/** An index whose `idle` ends before it has everything, as where the database fails. */
function setUp() {
  const is = { ready: false, troubles: [] as { message: string }[], isInStep: false, waited: 0 };
  const index = {
    idle: async () => {
      is.waited += 1;
      if (is.waited === 3) is.ready = true;
      if (is.waited === 5) is.isInStep = true;
    },
    isInStep: async () => is.isInStep,
    progress: () => ({ indexed: is.waited, pending: 0 }),
    health: () => ({ progress: { ready: is.ready }, troubles: is.troubles }),
  };
  return { is, app: { index, types: new Map([['api::article.article', {}]]) } as never };
}

test('waits until the index was checked', async () => {
  const { is, app } = setUp();
  await settled(app);
  expect(is.waited).toBe(3);
});

test('with a known problem, waits until the index has everything', async () => {
  const { is, app } = setUp();
  is.troubles = [{ message: 'changes cannot be read' }];
  await settled(app);
  expect(is.waited).toBe(5);
});

test('a state that is only told is not waited for, nor an index of no types', async () => {
  const { is, app } = setUp();
  await settled(app, false);
  await settled({ ...(app as object), types: new Map() } as never);
  expect(is.waited).toBe(2);
});
