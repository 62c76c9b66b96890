import { shortened } from './shortened';

/** Words for zod's kinds of values. */
export const SHAPES: Record<string, string> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** Returns a zod issue's message, with the value unless it is an object; zod reports it only with `reportInput`. */
export function saying({ message, input }: { message: string; input?: unknown }): string {
  const said = message
    .replace(
      /^Invalid input: expected (\w+), received \w+$/,
      (_, kind: string) => `expected ${SHAPES[kind] ?? kind}`,
    ) // prettier-ignore
    .replace(/^Unrecognized keys?: /, 'there is no field ');
  const isPlain = ['string', 'number', 'boolean'].includes(typeof input) || input === null;
  return isPlain && !said.includes(', got ') ? `${said}, got ${shortened(JSON.stringify(input))}` : said; // prettier-ignore
}
