/** Maps all items, at most `atOnce` in parallel; the results keep their order. */
export async function inParallel<From, To>(
  all: readonly From[],
  atOnce: number,
  make: (one: From) => Promise<To>,
): Promise<To[]> {
  const made: To[] = [];
  let next = 0;
  const work = async () => {
    while (next < all.length) {
      const at = next;
      next += 1;
      made[at] = await make(all[at]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, work));
  return made;
}
