import { Problems } from 'plugin/changes/problems';
import { Outbox } from 'plugin/revalidation/outbox';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;
const TYPE = { uid: 'api::article.article', relations: [] } as never;
const of = (id: string) => ({ documentIds: [id], slugsBefore: new Map(), isPartial: false });

let now: number;
beforeEach(() => {
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

/** An outbox whose events can, or cannot, be sent. */
function make() {
  const sent: { at: number; documentIds: string[] }[] = [];
  const way = { isFree: true };
  const event = {
    async send(...[, , { documentIds }]: [unknown, unknown, { documentIds: string[] }]) {
      if (!way.isFree) throw new Error('the database does not answer');
      sent.push({ at: now, documentIds });
      return { late: null };
    },
  };
  const outbox = new Outbox({ event: event as never, problems: new Problems(logger) });
  return { outbox, sent, way };
}

test('what waits becomes one event for each collection', async () => {
  const { outbox, sent } = make();
  for (let at = 0; at < 5000; at += 1) outbox.add(TYPE, 'en', of(`a${at % 10}`), 1500);
  outbox.add(TYPE, 'de', of('b'), 1500);
  now = 2000;
  await outbox.send();
  expect(sent).toHaveLength(2);
  expect([...sent[0].documentIds].sort()).toEqual(Array.from({ length: 10 }, (_, at) => `a${at}`));
  expect(outbox.isEmpty).toBe(true);
});

test.each([1000, 3000, 10_000])(
  'steady writing delays nothing after a failure, with a poll of %p ms',
  async (poll) => {
    const { outbox, sent, way } = make();
    way.isFree = false;
    // A write every two seconds, found out a second later, and known everywhere after one and a half polls.
    for (; now < 600_000; now += 500) {
      if (now % 2000 === 1000) outbox.add(TYPE, 'en', of(`a${now}`), now - 1000 + 1.5 * poll);
      if (outbox.isDue) await outbox.send();
      if (now > 30_000) way.isFree = true;
    }
    expect(sent.at(-1)?.at).toBeGreaterThan(580_000);
    const told = sent.flatMap(({ documentIds }) => documentIds);
    expect(new Set(told).size).toBe(told.length);
    expect(told.length).toBeGreaterThan(280);
  },
);

test('what becomes due while others are sent is sent once', async () => {
  const { outbox, sent } = make();
  jest.spyOn(performance, 'now').mockImplementation(() => (now += 0.4));
  outbox.add(TYPE, 'en', of('first'));
  outbox.add(TYPE, 'en', of('second'), 1);
  for (let times = 0; times < 3; times += 1) await outbox.send();
  expect(sent.map(({ documentIds }) => documentIds)).toEqual([['first'], ['second']]);
});
