import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import type { Engine, SnapshotEngine, TunableEngine } from 'plugin/engine/engine';

import { describeEngine } from '../engine/conformance';

describeEngine('embedded', (ranking) => new EmbeddedEngine(() => ranking));
describeEngine('slow', (ranking) => slow(new EmbeddedEngine(() => ranking)));

/** Delays every answer, like an engine that lives elsewhere. */
function slow(engine: SnapshotEngine & TunableEngine): Engine {
  const wait = () => new Promise((resolve) => setTimeout(resolve, 3));
  const late =
    <Arguments extends unknown[], Result>(call: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      await wait();
      const result = await call.apply(engine, args);
      await wait();
      return result;
    };
  return {
    storage: 'shared',
    upsert: late(engine.upsert),
    remove: late(engine.remove),
    related: late(engine.related),
    linked: late(engine.linked),
    documentIds: late(engine.documentIds),
    collections: late(engine.collections),
    stats: late(engine.stats),
    clear: late(engine.clear),
    settle: late(engine.settle),
    get isSettled() {
      return engine.isSettled;
    },
  };
}
