import { setTimeout as pause } from 'node:timers/promises';

import { KeptAnswers } from 'plugin/services/kept-answers';

const ANSWER = { body: '{}', tag: '"one"' };
const AT_ONCE = 50;

/** Requests for one answer, and how often it is made. */
function requests() {
  const answers = new KeptAnswers({ maxAgeMs: 60_000 } as never);
  const made = { times: 0, most: 0 };
  let now = 0;
  const ask = async (tookMs: number, fails = false) => {
    const found = await answers.find('key', 'version', ({ body }) => body !== null);
    if ('known' in found) return found.known;
    made.times += 1;
    made.most = Math.max(made.most, (now += 1));
    try {
      await pause(tookMs);
      if (fails) throw new Error('The visitor has left');
      found.making.keep(ANSWER);
      return ANSWER;
    } finally {
      now -= 1;
      found.making.end();
    }
  };
  return { answers, made, ask };
}

test('one of the waiting callers makes the answer that the first could not', async () => {
  const { made, ask } = requests();
  const first = ask(50, true).catch(() => null);
  const others = Array.from({ length: AT_ONCE }, () => ask(50));
  expect(await first).toBeNull();
  expect(await Promise.all(others)).toEqual(others.map(() => ANSWER));
  expect(made.times).toBe(2);
});

test('callers do not wait for one another where nobody gets an answer', async () => {
  const { made, ask } = requests();
  await Promise.all(Array.from({ length: AT_ONCE }, () => ask(100, true).catch(() => null)));
  expect(made).toEqual({ times: AT_ONCE, most: expect.any(Number) });
  expect(made.most).toBeGreaterThan(1);
});

test('few callers make a slow answer, and all get it as soon as one has it', async () => {
  const { made, ask } = requests();
  const asked = [ask(900)];
  for (let times = 0; times < AT_ONCE; times += 1) {
    asked.push(ask(5000));
    await pause(2);
  }
  const late = asked.splice(asked.length - 1);
  const first = await Promise.race([Promise.all(asked.slice(0, 1)), pause(3000)]);
  expect(first).toEqual([ANSWER]);
  // The one who began after half a second is still working on it.
  expect(await Promise.race([...late, pause(100)])).toEqual(ANSWER);
  expect(made.times).toBe(2);
});

test('nobody waits for another version', async () => {
  const { answers } = requests();
  const first = await answers.find('key', 'one', () => true);
  expect('making' in first).toBe(true);
  expect('making' in (await answers.find('key', 'two', () => true))).toBe(true);
});
