import { Line, runInSlices, Turns } from 'plugin/engine/steps';

import { stopClock } from '../helpers/stopped-clock';

let busy: (milliseconds: number) => void;
beforeEach(() => {
  busy = stopClock();
});
afterEach(() => jest.restoreAllMocks());

test('work is done one after the other, in the order in which it was asked for', async () => {
  const line = new Line();
  const log: number[] = [];
  const made = await Promise.all(
    [1, 2, 3].map((number) =>
      line.next(() => {
        log.push(number);
        return number * 2;
      }),
    ),
  );
  expect([log, made]).toEqual([
    [1, 2, 3],
    [2, 4, 6],
  ]);
});

test('work that fails does not hold up the rest', async () => {
  const line = new Line();
  const failed = line.next(() => {
    throw new Error('no');
  });
  const next = line.next(() => 'done');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
});

test('others get several turns after long work; after short work, nobody waits for them', async () => {
  const line = new Line();
  const log: string[] = [];
  const others = async (name: string) => {
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise(setImmediate);
      log.push(name);
    }
  };
  const work = (milliseconds: number) => line.next(() => { busy(milliseconds); log.push('work'); }); // prettier-ignore
  await Promise.all([work(20), work(20), others('other')]);
  expect(log).toEqual(['work', ...Array(5).fill('other'), 'work']);
  log.length = 0;
  await work(0);
  await Promise.all([work(0), work(0), others('other')]);
  expect(log.slice(0, 3)).toEqual(['work', 'work', 'work']);
});

test('many short pieces get as much time as long ones next to them', async () => {
  const line = new Line();
  const log: string[] = [];
  const long = async () => {
    for (let at = 0; at < 4; at += 1) await line.next(() => { busy(60); log.push('long'); }); // prettier-ignore
  };
  const short = line.each(Array(20).fill('short'), (one: string) => { busy(5); log.push(one); return one; }); // prettier-ignore
  const [made] = await Promise.all([short, long()]);
  expect(made).toHaveLength(20);
  // Otherwise, two of them would be done after each long one.
  expect(log.lastIndexOf('short')).toBeLessThan(log.lastIndexOf('long'));
});

test('texts that are read at the same time let others in after each slice', async () => {
  const log: string[] = [];
  const reading = (name: string) =>
    runInSlices(
      (function* () {
        for (let slice = 0; slice < 3; slice += 1) {
          busy(12);
          log.push(name);
          yield;
        }
      })(),
    );
  const others = async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      await new Promise(setImmediate);
      log.push('other');
    }
  };
  await Promise.all([reading('a'), reading('b'), reading('c'), others()]);
  // The first slices start within the calls themselves.
  const text = log.join(' ');
  expect(text).toMatch(/^a b c (other )?a other b other c other /);
});

test('texts that are read in slices take no turns from others between two long pieces', async () => {
  /** How many pieces are done while somebody takes forty turns of the event loop. */
  const piecesBeside = async (texts: number): Promise<number> => {
    const line = new Line();
    let [done, isOver] = [0, false];
    const piece = () => {
      if (isOver) return;
      busy(450);
      done += 1;
    };
    function* reading() {
      while (!isOver) {
        busy(15);
        yield;
      }
    }
    const pieces = Array.from({ length: 100 }, () => line.next(piece));
    const reads = Array.from({ length: texts }, () => runInSlices(reading()));
    await new Promise(setImmediate);
    const before = done;
    for (let turn = 0; turn < 40; turn += 1) await new Promise(setImmediate);
    isOver = true;
    const during = done - before;
    await Promise.all([...pieces, ...reads]);
    return during;
  };
  expect(await piecesBeside(10)).toBeLessThanOrEqual(2 * (await piecesBeside(0)));
});

test('work that nobody waits for goes on once others have nothing to do', async () => {
  /** How many slices are done while somebody takes forty turns of a millisecond. */
  const slicesBeside = async (isAwaited: boolean): Promise<number> => {
    let [slices, isOver] = [0, false];
    const work = (async () => {
      const turns = new Turns();
      for (; !isOver; slices += 1) {
        busy(11);
        await turns.giveToAnswers(isAwaited);
      }
    })();
    for (let turn = 0; turn < 40; turn += 1) {
      await new Promise(setImmediate);
      busy(1);
    }
    const during = slices;
    isOver = true;
    await work;
    return during;
  };
  expect(await slicesBeside(true)).toBeGreaterThan(3);
  expect(await slicesBeside(false)).toBe(0);
});
