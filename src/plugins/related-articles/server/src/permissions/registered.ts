/**
 * What is registered already where Strapi shows no list: it is caught as something is added to it, which is taken out at
 * once.
 *
 * @param register Adds one to the list; what it returns takes it out again.
 * @returns A copy of the list; `null` where nothing could be caught.
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
  // For as long as one call takes, in which nothing else runs.
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
