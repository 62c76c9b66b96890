import type { LimitsConfig } from '../config/schema';
import type { FanOut, RelationStatistics } from './relation-statistics';

/** Rows that a part of a query reaches: by a join with others, or by populating them. */
export type Row = Join | Populated;

interface Join {
  kind: 'join';
  query: JoinedQuery;
  /** Whether the row is the one that the query is about. */
  isRoot: boolean;
}
interface Populated {
  kind: 'populated';
  rows: Promise<number>;
  isRoot: boolean;
}

/** One query of the database: every relation that a condition follows multiplies its rows. */
interface JoinedQuery {
  roots: Promise<number>;
  hops: { fanOut: Promise<FanOut>; isFirst: boolean; key: string }[];
  path: string;
}

/** Each is one question to the database. */
const MAX_POPULATED = 100;

type Refuse = (path: string, reason: string) => never;

/**
 * Estimates the rows that a query makes the database join and Strapi load, from how many rows relations have in this
 * database, and refuses what goes beyond the limits.
 */
export class QueryBudget {
  private readonly queries: JoinedQuery[] = [];
  private readonly loads: { rows: Promise<number>; path: string }[] = [];
  private hops = 0;

  constructor(
    private readonly statistics: RelationStatistics,
    private readonly limits: LimitsConfig,
    private readonly refuse: Refuse,
  ) {}

  /** @param roots How many rows conditions are asked of; `null` for all of a type. */
  joined(uid: string, roots: number | null): Row {
    return this.query(roots === null ? () => this.statistics.rows(uid) : async () => roots);
  }

  /** Conditions on rows that are populated. */
  joinedFrom(row: Row, uid: string): Row {
    if (row.kind !== 'populated' || uid === '') return this.query(async () => 1);
    return this.query(() => row.rows);
  }

  /** @param page How many documents are answered. */
  populated(uid: string, page: number): Row {
    return { kind: 'populated', rows: Promise.resolve(page), isRoot: true };
  }

  /** The rows that an attribute leads to. */
  follow(row: Row, uid: string, name: string, path: string): Row {
    if (row.kind === 'join') {
      this.hops += 1;
      const { relations } = this.limits;
      if (this.hops > relations) {
        this.refuse(path, `expected at most ${relations} relations in all conditions`);
      }
    } else if (this.loads.length >= MAX_POPULATED) {
      this.refuse(path, `expected at most ${MAX_POPULATED} populated relations`);
    }
    const fanOut = this.fanOut(uid, name);
    if (row.kind === 'join') {
      row.query.hops.push({ fanOut, isFirst: row.isRoot, key: `${uid} ${name}` });
      row.query.path = path;
      return { ...row, isRoot: false };
    }
    const rows = Promise.all([row.rows, fanOut]).then(([parents, { max, total }]) => {
      // Below the first relation a row may be loaded again for each parent.
      return row.isRoot ? Math.min(parents * max, Math.max(parents, total)) : parents * max;
    });
    this.loads.push({ rows, path });
    return { kind: 'populated', rows, isRoot: false };
  }

  /** @throws ValidationError (400) for a query that would reach too many rows. */
  async check(): Promise<void> {
    for (const { roots, hops, path } of this.queries) {
      const rows = await joinedRows(await roots, hops);
      if (rows > this.limits.joinedRows) {
        this.refuse(
          path,
          `conditions on several relations would make the database join some ${round(rows)} rows; expected at most ${this.limits.joinedRows}`,
        );
      }
    }
    let loaded = 0;
    for (const { rows, path } of this.loads) {
      loaded += await rows;
      if (loaded > this.limits.populatedRows) {
        this.refuse(
          path,
          `some ${round(loaded)} rows would be populated; expected at most ${this.limits.populatedRows}`,
        );
      }
    }
  }

  private query(roots: () => Promise<number>): Row {
    const hops: JoinedQuery['hops'] = [];
    let counted: Promise<number> | null = null;
    const query: JoinedQuery = {
      // Counted only where there is something to multiply.
      get roots() {
        counted ??= hops.length > 1 ? roots() : Promise.resolve(1);
        return counted;
      },
      hops,
      path: '',
    };
    this.queries.push(query);
    return { kind: 'join', query, isRoot: true };
  }

  private fanOut(uid: string, name: string): Promise<FanOut> {
    const known = this.statistics.fanOut(uid, name);
    // It is awaited later, if the query is not refused for another reason first.
    known.catch(() => undefined);
    return known;
  }
}

/**
 * The rows of a join. A relation that is followed again from the same rows, or from rows that were themselves reached
 * over one, meets those that have many more often than those that have few.
 */
async function joinedRows(roots: number, hops: JoinedQuery['hops']): Promise<number> {
  let rows = roots;
  let toMany = 0;
  const times = new Map<string, number>();
  for (const { fanOut, isFirst, key } of hops) {
    const { mean, weighted, max } = await fanOut;
    const before = times.get(key) ?? 0;
    times.set(key, before + 1);
    if (max > 1) toMany += 1;
    if (before === 0) rows *= isFirst ? mean : weighted;
    else rows *= before === 1 ? weighted : max;
  }
  // A single relation to many multiplies nothing.
  return toMany > 1 ? rows : 0;
}

function round(rows: number): string {
  if (!Number.isFinite(rows) || rows > 1e12) return 'countless';
  return String(Number(rows.toPrecision(2)));
}
