/** As much of a text as a message shows. */
export function shortened(text: string, most = 60): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

const KINDS: Record<string, string> = {
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
};

/** What an issue of zod says, with the value if that is short; `reportInput` has zod tell it. */
export function saying({ message, input }: { message: string; input?: unknown }): string {
  const said = message
    .replace(
      /^Invalid input: expected (\w+), received \w+$/,
      (_, kind: string) => `expected ${KINDS[kind] ?? kind}`,
    ) // prettier-ignore
    .replace(/^Unrecognized keys?: /, 'there is no field ');
  const isPlain = ['string', 'number', 'boolean'].includes(typeof input) || input === null;
  return isPlain && !said.includes(', got ') ? `${said}, got ${shortened(JSON.stringify(input))}` : said; // prettier-ignore
}
