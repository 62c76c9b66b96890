import { exclude, pin, unpin } from '../../src/plugins/related-articles/admin/src/panel/decisions';
import { bound, following, foreseen, unbound, type Decided, type Job } from '../../src/plugins/related-articles/admin/src/panel/jobs'; // prettier-ignore

const now: Decided = {
  decisions: { pins: [], exclusions: [], ends: {}, isHidden: false },
  revision: 3,
  stamp: 'three',
};
const job = (change: ReturnType<typeof pin>): Job => ({ change, message: '' });
const undo: Job = { direction: 'undo', step: 3 };
const [pinA, pinB, unpinA] = [job(pin('a')), job(pin('b')), job(unpin('a'))];

/** What is sent for each change: the revision that the editor saw, and the pins after it. */
const sent = (jobs: readonly Job[]) =>
  jobs.map((one) => {
    const seen = 'change' in one ? one.seen : undefined;
    return seen ? [seen.revision, foreseen(seen.decisions, one).pins.join('')] : null;
  });

test('each change is bound to what the editor saw then, with the changes before it', () => {
  expect(sent(bound([pinA, undo, pinB, unpinA], now))).toEqual([[3, 'a'], null, [3, 'ab'], [3, 'b']]); // prettier-ignore
});

test('a change that fails again stays bound; new ones are bound to what is there now', () => {
  const [first] = bound([pinA], now);
  const later = { ...now, revision: 5, decisions: { ...now.decisions, pins: ['c'] } };
  expect(sent(bound([first, job(unpin('c')), unpinA], later))).toEqual([[3, 'a'], [5, 'a'], [5, '']]); // prettier-ignore
});

test('changes after one that is refused go on without it', () => {
  const [first, ...others] = bound([pinA, pinB, job(exclude('c'))], now);
  const fresh = job(pin('d'));
  expect(sent(following(first, [...others, fresh]))).toEqual([[3, 'b'], [3, 'b'], null]);
  expect(following(pinA, others)).toEqual(others);
  expect(sent([first, undo].map(unbound))).toEqual([null, null]);
});
