import { Problems } from 'plugin/changes/problems';
import { ChangedEvent, RELATED_CHANGED } from 'plugin/revalidation/changed-event';
import { Outbox } from 'plugin/revalidation/outbox';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;
const ENTRIES = 700;

/** A site with an event of two pages to send, and what webhooks and listeners hear of it. */
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
        // Throws something without a message.
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
  const outbox = new Outbox({ event: new ChangedEvent(strapi as never), problems });
  const add = () => outbox.add(type as never, null, changed);
  add();
  return { failing, told, runner, outbox, add, problems };
}

test.each([
  ['the webhooks cannot be looked up', { webhooks: true }],
  ['the second page cannot be read', { page: 2 }],
])('webhooks hear of an event once, even if at first %s', async (_name, failure) => {
  const { failing, told, outbox } = site();
  Object.assign(failing, failure);
  await outbox.send();
  expect([outbox.isEmpty, told]).toEqual([false, { webhook: [], listener: [] }]);
  Object.assign(failing, { webhooks: false, page: 0 });
  while (!outbox.isDue) await new Promise((resolve) => setTimeout(resolve, 20));
  await outbox.send();
  expect([outbox.isEmpty, told]).toEqual([true, { webhook: [500, 200], listener: [500, 200] }]);
});

test('an event that a listener refuses goes to it again, but to no webhook, even one saved meanwhile', async () => {
  const { failing, told, runner, outbox } = site();
  failing.listener = true;
  await outbox.send();
  expect([outbox.isEmpty, told.webhook]).toEqual([false, [500, 200]]);
  failing.listener = false;
  // Strapi's own listener, which would call the webhook a second time.
  runner.listeners.set(RELATED_CHANGED, () => undefined);
  await outbox.send();
  expect([outbox.isEmpty, told]).toEqual([true, { webhook: [500, 200], listener: [500, 200] }]);
  expect(runner.listeners.size).toBe(0);
});

test.each(['hangs', 'late'] as const)(
  'a listener that %s has heard it, and the next event is partial',
  async (how) => {
    jest.useFakeTimers();
    try {
      const { failing, told, outbox, problems } = site();
      const names = () =>
        problems
          .list()
          .map(({ message }) => message)
          .join();
      failing[how] = true;
      const started = performance.now();
      let took = 0;
      const sent = outbox.send().then(() => (took = performance.now() - started));
      await jest.advanceTimersByTimeAsync(6000);
      await sent;
      expect(took).toBeLessThan(5100);
      expect([outbox.isEmpty, told]).toEqual([true, { webhook: [500, 200], listener: [500, 200] }]);
      expect(names()).toContain('a listener to related.changed is slow');
      await jest.advanceTimersByTimeAsync(70_000);
      expect(told).toEqual({ webhook: [500, 200], listener: [500, 200] });
      expect(names()).not.toContain('takes long');
      expect(names()).toContain('a listener has refused related.changed');
      expect(outbox.isOwing).toBe(true);
      outbox.resolve();
      expect(names()).toContain('a listener has refused related.changed');
      // Another process goes on.
      outbox.clear();
      outbox.resolve();
      expect([names(), outbox.isOwing]).toEqual(['', false]);
    } finally {
      jest.useRealTimers();
    }
  },
);

test('events that fail for another reason than a refusal are kept, as one event, until they can be sent', async () => {
  jest.useFakeTimers();
  try {
    const { failing, told, outbox, add, problems } = site();
    failing.webhooks = true;
    for (let times = 0; times < 20; times += 1) {
      if (outbox.isDue) await outbox.send();
      add();
      await jest.advanceTimersByTimeAsync(2000);
    }
    expect([outbox.isEmpty, told.webhook]).toEqual([false, []]);
    failing.webhooks = false;
    outbox.resolve();
    expect(problems.list()).toHaveLength(1);
    // It retries less often by then.
    await jest.advanceTimersByTimeAsync(30_000);
    expect(outbox.isDue).toBe(true);
    await outbox.send();
    outbox.resolve();
    expect([outbox.isEmpty, outbox.isOwing, problems.list()]).toEqual([true, false, []]);
    expect(told).toEqual({ webhook: [500, 200], listener: [500, 200] });
  } finally {
    jest.useRealTimers();
  }
});
