import type { Context } from 'koa';

import { RequestLists } from 'plugin/controllers/graphql/batches';
import { SharedTurn } from 'plugin/services/shared-turn';

const limits = { documents: 1000, requestTime: 5000, answerLength: 1e9 };
const caller = { from: 'network' };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The lists of a request, of which each notes when it begins and how many run then. */
function requested() {
  const lists = RequestLists.of({} as Context, limits);
  const begun: string[] = [];
  let running = 0;
  let most = 0;
  const ask = (name: string, turn: SharedTurn, ms: number) =>
    lists.inTurn(
      async () => {
        begun.push(name);
        running += 1;
        most = Math.max(most, running);
        await pause(ms);
        running -= 1;
      },
      turn,
      caller,
    );
  return { ask, begun, most: () => most };
}

test('lists of one request are made one at a time, whenever they are asked for', async () => {
  const { ask, begun, most } = requested();
  const [texts, entries] = [new SharedTurn(), new SharedTurn()];
  const first = ask('first', texts, 20);
  await pause(5);
  const second = ask('second', texts, 50);
  await first;
  await pause(5);
  await Promise.all([second, ask('third', entries, 50)]);
  expect([begun, most()]).toEqual([['first', 'second', 'third'], 1]);
});

test('a list that is not alone any more waits for its turn', async () => {
  const { ask, begun } = requested();
  const turn = new SharedTurn();
  const first = ask('first', turn, 20);
  await pause(5);
  const other = turn.next(async () => {
    await pause(60);
    begun.push('other');
  });
  await Promise.all([first, ask('second', turn, 5), other]);
  expect(begun).toEqual(['first', 'other', 'second']);
});
