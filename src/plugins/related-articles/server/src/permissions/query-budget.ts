import type { LimitsConfig } from '../config/schema';
import { refuse } from './query-refusal';
import type { FanOut, RelationStatistics } from './relation-statistics';
import type { Schema } from './schema-path';

/** The rows that a part of a query reaches: by joining or by populating them. */
export type Row = Join | Populated;

interface Join {
  kind: 'join';
  query: JoinedQuery;
  /** Whether these are the rows that the query starts from. */
  isRoot: boolean;
}
interface Populated {
  kind: 'populated';
  rows: Promise<number>;
  isRoot: boolean;
}

/** One database query: every relation that a condition follows multiplies its rows. */
interface JoinedQuery {
  roots: Promise<number>;
  hops: { fanOut: Promise<FanOut>; isFirst: boolean; key: string }[];
  /** The cost of each search in a text, per row, in joined rows. */
  searches: Promise<number>[];
  /** How many other comparisons there are. */
  short: number;
  path: string;
}

/** What is read of the rows of a type. */
export interface Loaded {
  target: Schema;
  /** Strapi's own parameter; `undefined` for all attributes. */
  fields?: unknown;
}

/** How many relations may be populated; each is one database query. */
const MAX_POPULATED = 100;
/** How many characters of a row count as one more row, when populated and when searched. Measured on SQLite. */
const ROW_LENGTH = 1000;
/** Every so many characters of a search term add the cost of one more search: long texts may nearly contain it. */
const NEEDLE_LENGTH = 32;
/** The cost of comparing a short value, in joined rows. */
const SHORT_COST = 0.1;
/** Always allowed: one search in the root rows, up to this cost per row, and `FREE_SHORT` other comparisons. */
const FREE_SEARCH_COST = 20;
const FREE_SHORT = 5;
/** Every row has these, and they are short. */
const ROW_NAMES = ['id', 'documentId'];
const LONG_TYPES = ['text', 'richtext', 'json', 'blocks'];

/**
 * Estimates the rows that a query makes the database join and Strapi load, from how many rows relations have in this
 * database, and refuses what goes beyond the limits.
 */
export class QueryBudget {
  private readonly queries: JoinedQuery[] = [];
  private readonly loads: { rows: Promise<number>; length: Promise<number>; path: string }[] = [];
  private hops = 0;

  constructor(
    private readonly statistics: RelationStatistics,
    private readonly limits: LimitsConfig,
  ) {}

  /** @param roots How many rows the conditions are checked on; `null` for all of a type. */
  joined(uid: string, roots: number | null): Row {
    return this.query(roots === null ? () => this.statistics.rows(uid) : async () => roots);
  }

  /** Returns the row for conditions on populated rows. */
  joinedFrom(row: Row, uid: string): Row {
    if (row.kind !== 'populated' || uid === '') return this.query(async () => 1);
    return this.query(() => row.rows);
  }

  /** @param page How many documents the answer has. */
  populated(page: number): Row {
    return { kind: 'populated', rows: Promise.resolve(page), isRoot: true };
  }

  /** Counts a condition on each of these rows. */
  compare(row: Row, path: string): void {
    if (row.kind !== 'join') return;
    row.query.short += 1;
    row.query.path ||= path;
  }

  /** Counts a search in a text of each of these rows. */
  search(row: Row, text: { uid: string; name: string }, needle: unknown, path: string): void {
    if (row.kind !== 'join') return;
    const times = 1 + String(needle).length / NEEDLE_LENGTH;
    const length = this.statistics.length(text.uid, text.name);
    const costOfOne = (characters: number) => Math.max(SHORT_COST, (times * characters) / ROW_LENGTH); // prettier-ignore
    row.query.searches.push(length.then(costOfOne));
    row.query.path ||= path;
  }

  /**
   * Returns the rows that an attribute leads to.
   *
   * @param loaded What is read of the rows when they are populated, for each possible type.
   */
  follow(
    row: Row,
    { uid, name }: { uid: string; name: string },
    path: string,
    loaded: readonly Loaded[] = [],
  ): Row {
    if (row.kind === 'join') {
      this.hops += 1;
      const { relations } = this.limits;
      if (this.hops > relations) {
        refuse(path, `expected at most ${relations} relations in all conditions`);
      }
    } else if (this.loads.length >= MAX_POPULATED) {
      refuse(path, `expected at most ${MAX_POPULATED} populated relations`);
    }
    const fanOut = this.fanOut(uid, name);
    if (row.kind === 'join') {
      row.query.hops.push({ fanOut, isFirst: row.isRoot, key: `${uid} ${name}` });
      row.query.path = path;
      return { ...row, isRoot: false };
    }
    const rows = Promise.all([row.rows, fanOut]).then(([parents, { max, total }]) => {
      // Below the first relation a row may be loaded again for each parent.
      return row.isRoot ? Math.min(parents * max, total) : parents * max;
    });
    this.loads.push({ rows, length: this.lengthOf(loaded), path });
    return { kind: 'populated', rows, isRoot: false };
  }

  /** @throws ValidationError (400) for a query that would reach too many rows. */
  async check(): Promise<void> {
    for (const query of this.queries) {
      const rows = await costOf(query);
      if (rows > this.limits.joinedRows) {
        refuse(
          query.path,
          // No figure: it would reveal hidden rows and texts.
          `the conditions would make the database join or search too many rows; expected at most ${this.limits.joinedRows}`,
        );
      }
    }
    let loaded = 0;
    for (const { rows, length, path } of this.loads) {
      loaded += (await rows) * Math.max(1, (await length) / ROW_LENGTH);
      if (loaded > this.limits.populatedRows) {
        refuse(
          path,
          `too many rows would be populated; expected at most ${this.limits.populatedRows} of ${ROW_LENGTH} characters`,
        );
      }
    }
  }

  private query(roots: () => Promise<number>): Row {
    const hops: JoinedQuery['hops'] = [];
    let counted: Promise<number> | null = null;
    const query: JoinedQuery = {
      // Count only if there is something to multiply.
      get roots() {
        const isCounted = hops.length > 1 || query.searches.length > 0 || query.short > FREE_SHORT;
        counted ??= isCounted ? roots() : Promise.resolve(1);
        return counted;
      },
      hops,
      searches: [],
      short: 0,
      path: '',
    };
    this.queries.push(query);
    return { kind: 'join', query, isRoot: true };
  }

  /** Returns how many characters a row has on average, for the type with the longest rows. */
  private async lengthOf(loaded: readonly Loaded[]): Promise<number> {
    let longest = 0;
    for (const { target, fields } of loaded) {
      const { uid, attributes } = target;
      // Strapi trims names; an unknown name may stand for all attributes.
      const named = [fields].flat().flatMap((text) => String(text ?? '*').split(','));
      const names = named.map((name) => name.trim());
      const isKnown = (name: string) => Object.hasOwn(attributes, name) || ROW_NAMES.includes(name);
      const readsAll = !names.every(isKnown);
      let length = 0;
      for (const [name, { type }] of Object.entries(attributes)) {
        if (!LONG_TYPES.includes(type) || !(readsAll || names.includes(name))) continue;
        length += await this.statistics.length(uid, name);
      }
      longest = Math.max(longest, length);
    }
    return longest;
  }

  private fanOut(uid: string, name: string): Promise<FanOut> {
    const known = this.statistics.fanOut(uid, name);
    // Avoid an unhandled rejection: this is awaited later, unless the query is refused first.
    known.catch(() => undefined);
    return known;
  }
}

/**
 * Returns the rows of a join, plus the cost of what is searched in each. A relation that is followed again from the
 * same rows, or from rows reached over a relation, meets rows with many related rows more often than rows with few.
 */
async function costOf({ hops, roots: counted, searches, short }: JoinedQuery): Promise<number> {
  const roots = await counted;
  let rows = roots;
  let multiplying = 0;
  const times = new Map<string, number>();
  for (const { fanOut, isFirst, key } of hops) {
    const { mean, weighted, max } = await fanOut;
    const before = times.get(key) ?? 0;
    times.set(key, before + 1);
    // The first to-many relation of all rows joins each related row once. After another relation it multiplies rows:
    // from an article to its category, and on to all articles of that category.
    if (max > 1) multiplying += isFirst ? 1 : 2;
    if (before === 0) rows *= isFirst ? mean : weighted;
    else rows *= before === 1 ? weighted : max;
  }
  const costs = await Promise.all(searches);
  const searched = rows * costs.reduce((sum, cost) => sum + cost, 0);
  const free = roots * Math.min(FREE_SEARCH_COST, Math.max(0, ...costs));
  const compared = rows * SHORT_COST * Math.max(0, short - FREE_SHORT);
  return (multiplying > 1 ? rows : 0) + Math.max(0, searched - free) + compared;
}
