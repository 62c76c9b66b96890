/**
 * Returns what is already registered in a list that Strapi does not show: adds a probe, notes the list that it is added
 * to, and takes the probe out at once.
 *
 * @param register Adds an item to the list, and returns a function that takes it out again.
 * @returns A copy of the list; `null` if it could not be caught.
 */
export function registeredBefore<One extends object>(
  register: (one: One) => () => unknown,
  probe: One,
): One[] | null {
  const { push } = Array.prototype;
  let list: unknown[] | null = null;
  const note = (caught: unknown[]) => {
    list = caught;
  };
  // Only during one call, in which nothing else runs.
  const catching = function (this: unknown[], ...added: unknown[]): number {
    if (added[0] === probe) note(this);
    return push.apply(this, added);
  };
  const put = (value: unknown) =>
    Object.defineProperty(Array.prototype, 'push', { value, writable: true, configurable: true });
  put(catching);
  try {
    register(probe)();
  } finally {
    put(push);
  }
  return list && [...(list as One[])];
}
