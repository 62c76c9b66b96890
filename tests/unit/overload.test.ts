import type { Caller } from 'plugin/services/fair-shares';
import { SharedTurn } from 'plugin/services/shared-turn';

const pause = (milliseconds: number) => new Promise<void>((go) => setTimeout(go, milliseconds));

/** What a request may take, and what each of its two parts keeps the process busy for, in milliseconds. */
const LIMIT = 10_000;
const PART = 50;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

interface Outcome {
  caller: string;
  at: number;
  took: number;
  isAnswered: boolean;
}

/** Sends requests at steady rates, by caller; ten a second are what the process can bear. */
async function load(rates: Record<string, number>, seconds: number): Promise<Outcome[]> {
  const turn = new SharedTurn();
  const outcomes: Outcome[] = [];
  const send = async (caller: string) => {
    const at = performance.now();
    const timeLeft = () => at + LIMIT - performance.now();
    const check = () => {
      if (timeLeft() <= 0) throw new Error('late');
    };
    const make = async () => {
      check();
      await new Promise((go) => setTimeout(go, PART));
    };
    const answer = async () => {
      for (const isBegun of [false, true]) {
        await turn.next(make, {
          caller: { from: caller },
          since: at,
          isBegun,
          timeLeft: timeLeft(),
        });
      }
      check();
    };
    const isAnswered = await answer().then(() => true, () => false); // prettier-ignore
    outcomes.push({ caller, at, took: performance.now() - at, isAnswered });
  };
  for (const [caller, rate] of Object.entries(rates)) {
    for (let i = 0; i < rate * seconds; i += 1) {
      const name = caller === 'visitors' ? `visitor ${i}` : caller;
      setTimeout(() => void send(name), (i / rate) * 1000);
    }
  }
  await jest.advanceTimersByTimeAsync(seconds * 1000 + 2 * LIMIT);
  return outcomes.filter(({ at }) => at > seconds * 500);
}

/** Work that lets others have their turn in between. */
async function inParts(turn: SharedTurn, milliseconds: number, check = () => {}): Promise<void> {
  for (let done = 0; done < milliseconds; done += PART) {
    await new Promise((go) => setTimeout(go, PART));
    await turn.give();
    check();
  }
}

const share = (outcomes: Outcome[]) =>
  outcomes.filter(({ isAnswered }) => isAnswered).length / outcomes.length;

test('answers everything that it can bear', async () => {
  expect(share(await load({ site: 9 }, 60))).toBe(1);
});

test.each([1.1, 1.5, 4])('at %s times what it can bear, goes on at full speed', async (times) => {
  expect(share(await load({ site: 10 * times }, 60)) * times).toBeGreaterThan(0.9);
});

test('goes on at full speed for callers who ask once each', async () => {
  expect(share(await load({ visitors: 15 }, 60)) * 1.5).toBeGreaterThan(0.9);
});

test('a caller who asks for little is answered soon, whatever another one asks for', async () => {
  const outcomes = await load({ site: 40, visitor: 0.5 }, 60);
  const visits = outcomes.filter(({ caller }) => caller === 'visitor');
  expect(share(visits)).toBe(1);
  for (const { took } of visits) expect(took).toBeLessThan(500);
});

test.each([
  ['with a hundred networks', 3000, (at: number) => ({ from: `network ${at}` })],
  ['with a hundred accounts', 300, (at: number) => ({ from: 'network', login: `${at}` })],
])('%s, nobody keeps visitors from their lists', async (_, longest, callerAt) => {
  const turn = new SharedTurn();
  const ends = 60_000;
  /** Seven parts of 15 ms each, again and again. */
  const attack = async (at: number) => {
    while (performance.now() < ends) {
      const since = performance.now();
      for (let part = 0; part < 7 && performance.now() < since + LIMIT; part += 1) {
        const timeLeft = since + LIMIT - performance.now();
        const work = () => new Promise<void>((go) => setTimeout(go, 15));
        const place = { caller: callerAt(at), since, isBegun: part > 0, timeLeft };
        await turn.next(work, place).catch(() => undefined);
      }
    }
  };
  const waits: number[] = [];
  const visit = async (at: number) => {
    const work = () => new Promise<void>((go) => setTimeout(go, 5));
    for (let time = 0; time < 10; time += 1) {
      const since = performance.now();
      const place = { caller: { from: `visitor ${at}` }, since, timeLeft: LIMIT };
      await turn.next(work, place).catch(() => undefined);
      waits.push(performance.now() - since);
      await new Promise((go) => setTimeout(go, 4000));
    }
  };
  for (let at = 0; at < 100; at += 1) void attack(at);
  const visits = Array.from({ length: 20 }, (_none, at) => visit(at));
  await jest.advanceTimersByTimeAsync(2 * ends);
  await Promise.all(visits);
  expect(waits.length).toBe(200);
  expect(Math.max(...waits)).toBeLessThan(longest);
});

test('long work that has handed on its turn is finished before other work begins', async () => {
  const turn = new SharedTurn();
  let answered = 0;
  const search = async (caller: string) => {
    const at = performance.now();
    const isLate = () => performance.now() - at > LIMIT;
    const work = async () => {
      for (let left = 10; left > 0 && !isLate(); left -= 1) {
        await new Promise((go) => setTimeout(go, PART));
        await turn.give();
      }
      if (!isLate()) answered += 1;
    };
    await turn.next(work, { caller: { from: caller }, timeLeft: LIMIT }).catch(() => undefined);
  };
  for (let at = 0; at < 60; at += 1) void search(`caller ${at % 2}`);
  await jest.advanceTimersByTimeAsync(3 * LIMIT);
  // All of its time, half a second for each.
  expect(answered).toBeGreaterThanOrEqual(17);
});

test.each([
  [20, 1200],
  [12, 1200],
  [14, 900],
  [40, 400],
])('of %s requests at once, each of %s ms, as many are answered as can be', async (count, need) => {
  const turn = new SharedTurn();
  let answered = 0;
  const search = async (caller: string) => {
    const endsAt = performance.now() + LIMIT;
    const work = async () => {
      await inParts(turn, need, () => {
        if (performance.now() >= endsAt) throw new Error('late');
      });
      answered += 1;
    };
    const place = { caller: { from: caller }, longest: LIMIT, timeLeft: LIMIT };
    await turn.next(work, place).catch(() => undefined);
  };
  for (let at = 0; at < count; at += 1) void search(`network ${at}`);
  await jest.advanceTimersByTimeAsync(3 * LIMIT);
  expect(answered).toBeGreaterThanOrEqual(Math.floor(LIMIT / need) - 1);
});

test('long work whose time is over ends, however many new callers come', async () => {
  const turn = new SharedTurn();
  let held = 0;
  const search = async (caller: string) => {
    const at = performance.now();
    held += 1;
    const work = async () => {
      for (let left = 12; left > 0 && performance.now() - at < LIMIT; left -= 1) {
        await new Promise((go) => setTimeout(go, PART));
        await turn.give();
      }
    };
    await turn.next(work, { caller: { from: caller }, timeLeft: LIMIT }).catch(() => undefined);
    held -= 1;
  };
  // Four times what it can bear, each from another network.
  for (let at = 0; at < 600; at += 1) setTimeout(() => void search(`network ${at}`), at * 150);
  await jest.advanceTimersByTimeAsync(90_000);
  expect(held).toBeLessThan(90);
});

test('work that hangs holds the turn until its request is over, and its caller comes after others then', async () => {
  const turn = new SharedTurn();
  const hang = () => {
    const hangs = () => new Promise<void>(() => undefined);
    void turn.next(hangs, { caller: { from: 'stuck' }, longest: LIMIT, timeLeft: LIMIT }).catch(() => undefined); // prettier-ignore
  };
  // As a page does that is loaded again and again.
  for (let at = 0; at < 60_000; at += 1000) setTimeout(hang, at);
  const waits: number[] = [];
  const visit = async () => {
    const at = performance.now();
    const place = { caller: { from: 'visitor' }, longest: LIMIT, timeLeft: LIMIT };
    await turn.next(async () => undefined, place).then(() => waits.push(performance.now() - at), () => undefined); // prettier-ignore
  };
  for (const at of [3500, 23_500, 43_500]) setTimeout(() => void visit(), at);
  await jest.advanceTimersByTimeAsync(80_000);
  expect(waits).toHaveLength(3);
});

test('work that waits for others lets more run: many while there is time to spare, few otherwise', async () => {
  let isSpare = true;
  const turn = new SharedTurn(1, {
    most: 20,
    whileBusy: 4,
    time: { look: () => (isSpare ? 'idle' : 'busy') },
  });
  let running = 0;
  const ask = (caller: string, milliseconds: number) =>
    turn.next(
      async () => {
        running += 1;
        await new Promise((go) => setTimeout(go, milliseconds));
        running -= 1;
      },
      { caller: { from: caller }, longest: LIMIT, timeLeft: LIMIT },
    );
  const all = Array.from({ length: 20 }, (_none, at) => ask(`visitor ${at}`, 1000));
  await jest.advanceTimersByTimeAsync(3000);
  await Promise.all(all);
  expect(running).toBe(0);
  // Half of the turns at most are one network's.
  const others = Array.from({ length: 40 }, () => ask('stuck', 60_000).catch(() => undefined));
  await jest.advanceTimersByTimeAsync(2000);
  expect(running).toBe(11);
  const visit = ask('visitor', 10);
  await jest.advanceTimersByTimeAsync(100);
  await visit;
  expect(running).toBe(11);
  await jest.advanceTimersByTimeAsync(90_000);
  await Promise.all(others);
  // What takes no turns may keep the process busy.
  isSpare = false;
  const ten = Array.from({ length: 10 }, (_none, at) => ask(`visitor ${at}`, 1000));
  await jest.advanceTimersByTimeAsync(500);
  expect(running).toBe(5);
  await jest.advanceTimersByTimeAsync(5000);
  await Promise.all(ten);
  const few = Array.from({ length: 10 }, () => ask('stuck', 1000));
  await jest.advanceTimersByTimeAsync(500);
  expect(running).toBe(3);
  await jest.advanceTimersByTimeAsync(5000);
  await Promise.all(few);
});

/** What the whole process does, one after the other. */
function processor(): (milliseconds: number) => Promise<void> {
  let last = Promise.resolve();
  return (milliseconds) => {
    last = last.then(() => pause(milliseconds));
    return last;
  };
}

const busyTurn = () => new SharedTurn(1, { most: 30, whileBusy: 8, time: { look: () => 'busy' } });

test('searches that keep the process busy do not run side by side', async () => {
  const turn = busyTurn();
  const compute = processor();
  const search = async (from: string) => {
    const end = performance.now() + LIMIT;
    const work = async () => {
      for (let done = 0; done < 350; done += 10) {
        await compute(10);
        await turn.give();
      }
    };
    await turn.next(work, { caller: { from }, longest: LIMIT, timeLeft: LIMIT });
    return performance.now() <= end;
  };
  const all = Array.from({ length: 40 }, (_none, at) => search(`${at}`).catch(() => false));
  await jest.advanceTimersByTimeAsync(60_000);
  const answered = (await Promise.all(all)).filter(Boolean);
  // As many as the process can bear.
  expect(answered.length).toBeGreaterThanOrEqual(27);
});

test('what waits for others runs side by side although something else keeps the process busy', async () => {
  const turn = busyTurn();
  const compute = processor();
  let isOver = false;
  const flood = async () => {
    for (; !isOver; await pause(1)) await compute(3);
  };
  for (let at = 0; at < 4; at += 1) void flood();
  let answered = 0;
  let missed = 0;
  const work = async () => {
    for (let asked = 0; asked < 2; asked += 1) {
      await compute(2);
      await turn.give();
      await pause(100);
    }
  };
  const visit = async (at: number) => {
    const options = { caller: { from: `${at}` }, longest: LIMIT, timeLeft: LIMIT };
    for (await pause(at * 25); !isOver; await pause(1000)) {
      await turn.next(work, options).then(() => (answered += 1), () => (missed += 1)); // prettier-ignore
    }
  };
  for (let at = 0; at < 40; at += 1) void visit(at);
  await jest.advanceTimersByTimeAsync(30_000);
  isOver = true;
  expect(missed).toBe(0);
  // One after the other, it would be 130.
  expect(answered).toBeGreaterThan(500);
  await jest.advanceTimersByTimeAsync(30_000);
});

test('work hands its turn on to those of its network who get no turn of their own', async () => {
  const turn = new SharedTurn(1, { most: 30, whileBusy: 0, time: { look: () => 'idle' } });
  const search = (login: string, milliseconds: number) =>
    turn.next(() => inParts(turn, milliseconds), {
      caller: { from: 'office', login },
      longest: LIMIT,
      timeLeft: LIMIT,
    });
  const others = Array.from({ length: 20 }, (_none, at) => search(`${at}`, 6000).catch(() => undefined)); // prettier-ignore
  await jest.advanceTimersByTimeAsync(500);
  let isDone = false;
  void search('new', 100).then(() => (isDone = true));
  await jest.advanceTimersByTimeAsync(1000);
  expect(isDone).toBe(true);
  await jest.advanceTimersByTimeAsync(60_000);
  await Promise.all(others);
});

test('a turn is not longer because one network has many logins', async () => {
  const turn = new SharedTurn();
  const search = async (caller: Caller, milliseconds: number) => {
    const at = performance.now();
    await turn.next(() => inParts(turn, milliseconds), { caller, longest: LIMIT, timeLeft: LIMIT });
    return performance.now() - at;
  };
  for (let at = 0; at < 20; at += 1) {
    void search({ from: 'attacker', login: `${at}` }, 1500).catch(() => undefined);
  }
  await jest.advanceTimersByTimeAsync(100);
  const visit = search({ from: 'visitor' }, 100);
  await jest.advanceTimersByTimeAsync(5000);
  expect(await visit).toBeLessThan(1000);
});

test('nobody who has given up is left waiting', async () => {
  const turn = new SharedTurn();
  void turn.next(() => new Promise(() => undefined), { caller: { from: 'hangs' } });
  const missed = turn.next(async () => 1, { caller: { from: 'site' }, timeLeft: 1000 });
  missed.catch(() => undefined);
  await jest.advanceTimersByTimeAsync(1000);
  await expect(missed).rejects.toThrow();
  expect((turn as unknown as { waiting: Map<string, unknown> }).waiting.size).toBe(0);
});
