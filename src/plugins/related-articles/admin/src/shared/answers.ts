/** Something else than Strapi has answered, such as the login page of a proxy, or a firewall that refuses with 200. */
export class ForeignAnswer extends Error {}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * The body of an answer.
 *
 * @param parts What it has in any case, each an object or a list.
 * @throws ForeignAnswer, as Strapi's client takes all that is no JSON for an empty body.
 */
export async function bodyOf<T extends object>(
  asked: Promise<{ data: T }>,
  parts: readonly (keyof T)[],
): Promise<T> {
  const { data: body } = await asked;
  if (!isObject(body) || !parts.every((part) => isObject(body[part]))) throw new ForeignAnswer();
  return body;
}

/** The same for what stands in `data`. */
export async function dataOf<T extends object>(asked: Promise<{ data: { data: T } }>): Promise<T> {
  return (await bodyOf(asked, ['data'])).data;
}

/** An address with a query. Strapi's client would write what editors type into it as it is, `&` and `#` included. */
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
