/** Texts about two subjects, so that it is clear what belongs together. */
export const BREAD = [
  'Feed the sourdough starter with rye flour and water, and the dough will rise in the warm oven.',
  'A sourdough loaf from rye flour has a dark crust; the starter decides about the crumb.',
  'Fold the dough, shape the loaf, and bake it in a hot oven until the crust of the bread crackles.',
];
export const MOON = [
  'Along the terminator every crater of the moon throws a shadow into the telescope.',
  'A telescope with a large mirror shows craters on the moon and the shadow of mountains.',
  'At the eclipse the moon goes through the shadow of the earth; the telescope shows it in red.',
];

/** Two of three texts, so that any two results share one text. */
export const two = (texts: readonly string[], i: number): string =>
  `${texts[i]} ${texts[(i + 1) % 3]}`;
