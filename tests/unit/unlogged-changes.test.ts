import type { Change, ChangeLog } from 'plugin/changes/change-log';
import { Problems } from 'plugin/changes/problems';
import { UnloggedChanges } from 'plugin/changes/unlogged-changes';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;
const REFUSED = new Error('the table is locked');
const document = (uid: string, documentId: string): Change => ({ kind: 'document', ref: { uid, documentId } }); // prettier-ignore

function make() {
  const written: Change[] = [];
  const log = {
    isLocked: false,
    onAppend: () => undefined as void,
    async append(change: Change) {
      if (log.isLocked) throw REFUSED;
      written.push(change);
      log.onAppend();
    },
  };
  const problems = new Problems(logger);
  return { log, written, problems, unlogged: new UnloggedChanges(log as unknown as ChangeLog, problems) }; // prettier-ignore
}

test('one change stands for very many entries of a type', async () => {
  const { unlogged, written, log, problems } = make();
  const clone: Change = { kind: 'clone', ref: { uid: 'a', documentId: 'copy' }, clonedFrom: 'one' };
  unlogged.add(clone, REFUSED);
  for (let at = 0; at < 5000; at += 1) unlogged.add(document('a', `${at}`), REFUSED);
  for (let at = 0; at < 50; at += 1) unlogged.add(document('b', `${at}`), REFUSED);
  log.isLocked = true;
  await unlogged.flush();
  expect(problems.list()).toHaveLength(1);
  log.isLocked = false;
  await unlogged.flush();
  expect(written).toHaveLength(52);
  expect(written).toEqual(expect.arrayContaining([clone, { kind: 'type', uid: 'a' }]));
  expect(problems.list()).toEqual([]);
  // Few by then.
  unlogged.add(document('a', 'next'), REFUSED);
  await unlogged.flush();
  expect(written.slice(52)).toEqual([document('a', 'next')]);
});

test('a change that comes in while the same one is being written is written again', async () => {
  const { unlogged, written, log } = make();
  const change = document('a', 'one');
  unlogged.add(change, REFUSED);
  log.onAppend = () => {
    log.onAppend = () => undefined;
    unlogged.add(change, REFUSED);
  };
  await unlogged.flush();
  await unlogged.flush();
  await unlogged.flush();
  expect(written).toEqual([change, change]);
});
