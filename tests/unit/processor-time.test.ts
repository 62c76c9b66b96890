import { runInSlices } from 'plugin/engine/steps';
import { processorTime } from '../helpers/growth';

test('a pause of the process does not count as time of its steps', async () => {
  function* paused() {
    // As if the process, or its machine, were stopped.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    yield;
    return 'read';
  }
  await expect(runInSlices(paused(), { budgetMs: 200 })).resolves.toBe('read');
  function* busy() {
    const end = processorTime() + 400;
    while (processorTime() < end);
    yield;
  }
  await expect(runInSlices(busy(), { budgetMs: 100 })).rejects.toThrow(
    'it takes longer than 100 ms',
  );
});
