import { setTimeout as pause } from 'node:timers/promises';

import { hearWhileOff } from 'plugin/content/lifecycle-switch';

/** Lifecycles like Strapi's own. */
function lifecyclesTelling(told: string[]) {
  let isOff = false;
  return {
    disable: () => void (isOff = true),
    enable: () => void (isOff = false),
    createEvent: (action: string) => ({ action }),
    async run(action: string): Promise<void> {
      if (!isOff) told.push(`subscriber: ${action}`);
    },
  };
}

test.each([0, 20])(
  'a write while lifecycles are being switched on is heard once, with code around them that takes %p ms',
  async (ms) => {
    const told: string[] = [];
    const lifecycles = lifecyclesTelling(told);
    const { run } = lifecycles;
    lifecycles.run = async (action) => {
      await run(action);
      if (ms > 0) await pause(ms);
    };
    const hear = async ({ action }: { action: string }) => void told.push(`heard: ${action}`);
    hearWhileOff({ db: { lifecycles } } as never, hear, () => undefined);
    lifecycles.disable();
    const first = lifecycles.run('afterCreate');
    lifecycles.enable();
    await first;
    await lifecycles.run('afterUpdate');
    expect(told).toEqual(['heard: afterCreate', 'subscriber: afterUpdate']);
  },
);
