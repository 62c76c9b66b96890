/** Returns a number with the noun that it counts: "1 article", "2 articles". */
export const counted = (count: number, one: string): string =>
  `${count} ${one}${count === 1 ? '' : 's'}`;
