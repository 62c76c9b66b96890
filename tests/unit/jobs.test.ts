import {
  clear,
  exclude,
  pin,
  pinUntil,
  reorder,
  unpin,
} from '../../src/plugins/related-articles/admin/src/panel/decisions';
import { asSeen, basisOf, bound, following, foreseen, isDone, unbound, type Decided, type Job } from '../../src/plugins/related-articles/admin/src/panel/jobs'; // prettier-ignore

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

test.each<[string, ReturnType<typeof pin>[], string]>([
  ['pin, unpin', [pin('c'), unpin('c')], 'a b'],
  ['unpin, pin', [unpin('a'), pin('a', [])], 'a b'],
  ['exclude, pin', [exclude('b'), pin('b')], 'a b'],
  ['pin, automatic', [pin('c'), clear], ''],
  ['move, move back', [reorder(['b', 'a'], ['a', 'b']), reorder(['a', 'b'], ['a', 'b'])], 'a b'],
  ['one end, another', [pinUntil('a', '2027-01-01', []), pinUntil('a', null, [])], 'a b'],
])('changes of the same entry are made in turn: %s', (_what, changes, expected) => {
  let at: Decided = { ...now, decisions: { ...now.decisions, pins: ['a', 'b'] } };
  for (const one of bound(changes.map(job), at)) {
    const { decisions, revision } = basisOf(one, at);
    // Otherwise the server would take the second for no change of what it had.
    expect(revision).toBe(at.revision);
    at = { ...at, decisions: foreseen(decisions, one), revision: revision + 1 };
  }
  expect([at.decisions.pins.join(' '), at.decisions.ends]).toEqual([expected, {}]);
});

test('a change is sent as one of what the editor saw only if that has changed since', () => {
  const seen: Decided = { ...now, decisions: { ...now.decisions, pins: ['a', 'b', 'c'] } };
  const revisionOf = (change: ReturnType<typeof pin>, after: Partial<Decided['decisions']>) => {
    const [one] = bound([job(change)], seen);
    return basisOf(one, { ...seen, revision: 9, decisions: { ...seen.decisions, ...after } })
      .revision;
  };
  expect(revisionOf(pin('d'), { exclusions: ['e'], isHidden: true })).toBe(9);
  expect(revisionOf(pin('d'), { exclusions: ['d'] })).toBe(3);
  expect(revisionOf(unpin('b'), { ends: { b: '2027-01-01' } })).toBe(3);
  expect(revisionOf(unpin('b'), { pins: ['b', 'a', 'c'] })).toBe(9);
  const swap = reorder(['a', 'c', 'b'], ['a', 'b', 'c']);
  expect(revisionOf(swap, { pins: ['b', 'a', 'c'] })).toBe(3);
  expect(revisionOf(swap, { exclusions: ['d'] })).toBe(9);
  expect(revisionOf(clear, { pins: ['a', 'b', 'c', 'd'] })).toBe(3);
  expect(revisionOf(clear, { isHidden: true })).toBe(9);
  const moved = reorder(['d', 'a', 'b', 'c'], ['a', 'b', 'c']);
  expect(revisionOf(moved, { pins: ['b', 'a', 'c'] })).toBe(3);
  expect(revisionOf(swap, { pins: ['a', 'c', 'b'] })).toBe(3);
  expect(revisionOf((all) => ({ ...all, isHidden: true }), { isHidden: true })).toBe(3);
  const undone: Job = { direction: 'undo', step: 3 };
  expect([basisOf(undone, seen), basisOf(job(pin('d')), seen)]).toEqual([seen, seen]);
});

test('a change that waits for another is one of what its editor sees then, but unknown after an undo', () => {
  const waiting = [job(pin('a')), job(pin('b'))].reduce<Job[]>((all, one) => [...all, asSeen(one, all, now)], []); // prettier-ignore
  expect(sent(waiting)).toEqual([
    [3, 'a'],
    [3, 'ab'],
  ]);
  // The first was merged into what somebody else has decided about the second.
  const merged: Decided = { ...now, revision: 5, decisions: { ...now.decisions, pins: ['a'], exclusions: ['b'] } }; // prettier-ignore
  expect(basisOf(waiting[1], merged).revision).toBe(3);
  expect(asSeen(pinB, [undo], now)).toEqual(pinB);
  expect(asSeen(waiting[1], [], merged)).toEqual(waiting[1]);
  const later = asSeen(unpinA, [waiting[1]], { ...now, revision: 4 });
  expect(following(waiting[1], [later])).toEqual([unpinA]);
});

test.each<[string, ReturnType<typeof pin>, string, string, boolean]>([
  ['a pin that is there', pin('c'), 'a b', 'a b c', true],
  ['a pin that is not there', pin('c'), 'a b', 'a b', false],
  ['a pin that is there, while others have reordered', pin('c'), 'a b', 'b a c', true],
  ['a move of a pin that others have removed', reorder(['b', 'a'], ['a', 'b']), 'a b', 'a', false],
  ['a move that is there', reorder(['b', 'a'], ['a', 'b']), 'a b', 'b a', true],
  ['a removal of a pin', unpin('a'), 'a b', 'b', true],
])(
  'a change whose answer is lost has been made or not: %s',
  (_what, change, before, after, isMade) => {
    const having = (pins: string) => ({ ...now, decisions: { ...now.decisions, pins: pins.split(' ') } }); // prettier-ignore
    const made = { change, message: '', seen: having(before) };
    expect(isDone(made, having(after))).toBe(isMade);
  },
);
