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

const LIMITS: Record<string, string> = {
  '>=': 'at least',
  '<=': 'at most',
  '>': 'more than',
  '<': 'less than',
};

/** Returns a zod issue's message, with the value unless it is an object; zod reports it only with `reportInput`. */
export function saying({ message, input }: { message: string; input?: unknown }): string {
  const said = message
    .replace(
      /^Invalid input: expected (\w+), received \w+$/,
      (_, kind: string) => `expected ${SHAPES[kind] ?? kind}`,
    )
    .replace(/^Invalid input: /, '')
    .replace(
      /^Invalid option: expected one of (.+)$/,
      (_, options: string) => `expected one of ${options.replaceAll('|', ', ')}`,
    ) // prettier-ignore
    .replace(
      /^Too (?:small|big): expected \w+ to (?:be|have) ([<>]=?)(\S+)( items| characters)?$/,
      (_, limit: string, count: string, what?: string) =>
        `expected ${LIMITS[limit]} ${count}${what === ' items' ? ' in the list' : (what ?? '')}`,
    )
    .replace(/^Unrecognized keys?: /, 'there is no field ');
  const isPlain = ['string', 'number', 'boolean'].includes(typeof input) || input === null;
  return isPlain && !said.includes(', got ') ? `${said}, got ${shortened(JSON.stringify(input))}` : said; // prettier-ignore
}
