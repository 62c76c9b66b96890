/** One list, as far as readers see it. */
export interface SurveyedList {
  documentIds: readonly string[];
  /** The score of its best suggestion, 0 to 1; 0 for an empty one. */
  best: number;
  /** Pairs of a suggestion and a copy that the list leaves out: two documents that say the same. */
  copies: readonly (readonly [string, string])[];
}

/** All lists of one content type in one locale, made one after the other. */
export interface Survey {
  lists: ReadonlyMap<string, SurveyedList>;
  /** Links that lead nowhere, by document; `null` where the engine cannot tell. */
  deadLinks: ReadonlyMap<string, readonly string[]> | null;
  /** When it was made, in milliseconds since 1970. */
  madeAt: number;
}

/** A survey as text: each document is a number, its index in `ids`. */
interface Written {
  ids: string[];
  lists: [id: number, documentIds: number[], best: number, copies: [number, number][]][];
  deadLinks: [id: number, links: readonly string[]][] | null;
  madeAt: number;
  madeWith: string;
}

/** @param madeWith A fingerprint of the configuration that the lists were made with. */
export function write({ lists, deadLinks, madeAt }: Survey, madeWith: string): string {
  const numbers = new Map<string, number>();
  const numberOf = (id: string): number => {
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return number;
  };
  const written: Written = {
    ids: [],
    lists: [...lists].map(([id, { documentIds, best, copies }]) => [
      numberOf(id),
      documentIds.map(numberOf),
      best,
      copies.map(([a, b]) => [numberOf(a), numberOf(b)]),
    ]),
    deadLinks: deadLinks && [...deadLinks].map(([id, links]) => [numberOf(id), links]),
    madeAt,
    madeWith,
  };
  written.ids = [...numbers.keys()];
  return toAscii(JSON.stringify(written));
}

/** Some tables take no other characters, such as those of `utf8mb3`, and parts may be cut between any two. */
const toAscii = (json: string): string =>
  json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** `null` for one that was made with another configuration. */
export function read(text: string, madeWith: string): Survey | null {
  const { ids, lists, deadLinks, madeAt, ...written } = JSON.parse(text) as Written;
  if (written.madeWith !== madeWith) return null;
  return {
    lists: new Map(
      lists.map(([id, documentIds, best, copies]) => [
        ids[id],
        {
          documentIds: documentIds.map((one) => ids[one]),
          best,
          copies: copies.map(([a, b]) => [ids[a], ids[b]] as const),
        },
      ]),
    ),
    deadLinks: deadLinks && new Map(deadLinks.map(([id, links]) => [ids[id], links])),
    madeAt,
  };
}
