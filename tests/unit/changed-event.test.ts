import { Problems } from 'plugin/changes/problems';
import { ChangedEvent, RELATED_CHANGED } from 'plugin/revalidation/changed-event';
import { ChangedLists } from 'plugin/revalidation/changed-lists';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;
const ENTRIES = 700;

/** A site of which an event of two pages is to be told: what webhooks and listeners hear of it. */
function site() {
  const webhook = { id: '1', events: [RELATED_CHANGED] };
  const told: { webhook: number[]; listener: number[] } = { webhook: [], listener: [] };
  const failing = { webhooks: false, page: 0, listener: false, hangs: false, late: false };
  const sizeOf = ({ entries }: { entries: unknown[] }) => entries.length;
  const runner = {
    queue: { enqueue: ({ info }: { info: never }) => told.webhook.push(sizeOf(info)) },
    listeners: new Map([[RELATED_CHANGED, () => undefined]]),
    deleteListener: (event: string) => runner.listeners.delete(event),
    webhooksMap: new Map([[RELATED_CHANGED, [webhook]]]),
  };
  const store = {
    async findWebhooks() {
      if (failing.webhooks) throw new Error('database is locked');
      return [webhook];
    },
  };
  const strapi = {
    contentType: () => ({ info: { singularName: 'article' } }),
    get: (name: string) => (name === 'webhookRunner' ? runner : store),
    db: {
      query: () => ({
        async findMany({ where }: { where: { documentId?: { $in: string[] } } }) {
          const ids = where.documentId?.$in ?? [];
          failing.page -= 1;
          if (failing.page === 0) throw new Error('database is locked');
          return ids.map((documentId) => ({ documentId, slug: documentId }));
        },
      }),
    },
    requestContext: { run: (_context: unknown, work: () => unknown) => work() },
    eventHub: {
      async emit(_event: string, info: { entries: unknown[] }) {
        // Of no kind that says anything.
        if (failing.listener) throw null;
        told.listener.push(sizeOf(info));
        if (failing.hangs) await new Promise(() => undefined);
        if (failing.late) await new Promise((_, reject) => setTimeout(reject, 10_000));
      },
    },
  };
  const type = { uid: 'api::article.article', slug: 'slug', localized: false, draftAndPublish: false, urls: new Map() }; // prettier-ignore
  const documentIds = Array.from({ length: ENTRIES }, (_, at) => `article${at}`);
  const changed = { documentIds, slugsBefore: new Map(), isPartial: false };
  const problems = new Problems(logger);
  const lists = new ChangedLists({
    event: new ChangedEvent(strapi as never),
    feed: { position: 1 },
    lease: { hold: async () => true, advance: async () => undefined },
    problems,
  } as never) as unknown as {
    untold: unknown[];
    refused: Set<unknown>;
    send(): Promise<void>;
  };
  Object.assign(lists, { untold: [{ type, locale: null, changed, tries: 0 }] });
  return { failing, told, runner, lists, problems };
}

test.each([
  ['the webhooks cannot be looked up', { webhooks: true }],
  ['the second page cannot be read', { page: 2 }],
])('webhooks hear of an event once, though at first %s', async (_name, failure) => {
  const { failing, told, lists } = site();
  Object.assign(failing, failure);
  await lists.send();
  expect([lists.untold.length, told]).toEqual([1, { webhook: [], listener: [] }]);
  Object.assign(failing, { webhooks: false, page: 0 });
  await lists.send();
  expect([lists.untold.length, told]).toEqual([0, { webhook: [500, 200], listener: [500, 200] }]);
});

test('what a listener refuses is told to it again, and to no webhook, also if one was saved meanwhile', async () => {
  const { failing, told, runner, lists } = site();
  failing.listener = true;
  await lists.send();
  expect([lists.untold.length, told.webhook]).toEqual([1, [500, 200]]);
  failing.listener = false;
  // Strapi's own, by which the webhook would hear of it once more.
  runner.listeners.set(RELATED_CHANGED, () => undefined);
  await lists.send();
  expect([lists.untold.length, told]).toEqual([0, { webhook: [500, 200], listener: [500, 200] }]);
  expect(runner.listeners.size).toBe(0);
});

test.each(['hangs', 'late'] as const)(
  'a listener that %s has heard it, and the next event is partial',
  async (how) => {
    jest.useFakeTimers();
    try {
      const { failing, told, lists, problems } = site();
      const names = () =>
        problems
          .list()
          .map(({ message }) => message)
          .join();
      failing[how] = true;
      const started = performance.now();
      let took = 0;
      const sent = lists.send().then(() => (took = performance.now() - started));
      await jest.advanceTimersByTimeAsync(6000);
      await sent;
      expect(took).toBeLessThan(5100);
      expect([lists.untold.length, told]).toEqual([
        0,
        { webhook: [500, 200], listener: [500, 200] },
      ]);
      expect(names()).toContain('a listener to related.changed takes long');
      await jest.advanceTimersByTimeAsync(70_000);
      expect(told).toEqual({ webhook: [500, 200], listener: [500, 200] });
      expect(names()).not.toContain('takes long');
      expect(names()).toContain('related.changed cannot be sent');
      expect(lists.refused.size).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  },
);
