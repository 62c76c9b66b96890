/** How much of the index is made, in whole percent. */
export const percentOf = (indexed: number, total: number): number =>
  Math.floor((100 * indexed) / Math.max(1, total));
