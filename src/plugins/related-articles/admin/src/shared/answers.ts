/** Something other than Strapi has answered, such as the login page of a proxy, or a firewall that refuses with 200. */
export class ForeignAnswer extends Error {}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * Returns the body of an answer.
 *
 * @param parts What it must have, each an object or a list.
 * @throws ForeignAnswer if a part is missing: Strapi's client reads anything that is not JSON as an empty body.
 */
export async function bodyOf<T extends object>(
  asked: Promise<{ data: T }>,
  parts: readonly (keyof T)[],
): Promise<T> {
  const { data: body } = await asked;
  if (!isObject(body) || !parts.every((part) => isObject(body[part]))) throw new ForeignAnswer();
  return body;
}

/** Returns what is in `data`, checked in the same way. */
export async function dataOf<T extends object>(asked: Promise<{ data: { data: T } }>): Promise<T> {
  return (await bodyOf(asked, ['data'])).data;
}

/** Adds a query to an address. Strapi's client would not escape what editors type, such as `&` and `#`. */
export function withQuery(
  url: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') asked.set(name, String(value));
  }
  const text = asked.toString();
  return text ? `${url}?${text}` : url;
}
