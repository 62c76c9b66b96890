import type { Knex } from 'knex';

import { changedWithin, rowsWithin } from '../../content/statement-limits';
import type { IdRange } from '../../changes/cursor';
import { READ_TIMEOUT_MS, SURVEYS, table, type Database } from '../../changes/tables';
import { shortTransaction } from '../../changes/transactions';
import { ANSWER_TIMEOUT_MS, answered } from '../../content/within-time';
import { hashText } from '../../engine/hash';
import { read, write, type Survey } from './survey';

/** How many characters a row holds: less than any database takes in one statement. */
const PART = 200_000;

/** How much of the change log the lists include. */
export interface LogPlace {
  /** The last row that they include. */
  position: number;
  /** The rows below it that were missing. */
  missing: readonly IdRange[];
}

/** What is known of a stored survey without reading it. */
export interface StoredHeader {
  /** Tells it apart from others with its name; 0 before there is any. */
  version: number;
  /** `null` where that is not known. */
  place: LogPlace | null;
  /** How much of the next one is made, 0 to 1; `null` while nobody makes one. */
  progress: number | null;
}

/** Surveys in the database: they survive restarts, and what one process made serves all. */
export class SurveyStore {
  constructor(private readonly db: Database) {}

  async header(name: string): Promise<StoredHeader | null> {
    const missing = missingOf(name);
    const body = this.db.connection.raw(`case when name = ? then body else '' end as body`, [missing]); // prettier-ignore
    const rows = await rowsWithin<
      Record<'name' | 'version' | 'position' | 'progress' | 'body', string | null>
    >(
      this.db,
      table(this.db, SURVEYS)
        .select('name', 'version', 'position', 'progress', body)
        .where({ name: keyOf(name), part: 0 })
        .orWhere({ name: missing })
        .orderBy('part'),
      READ_TIMEOUT_MS,
    );
    const row = rows.find((one) => one.name === keyOf(name));
    if (!row) return null;
    const { version, position, progress } = row;
    // An earlier version of the plugin may have made the survey again.
    const parts = rows.filter((one) => one.name === missing && one.version === version);
    const ranges = JSON.parse(parts.map((one) => one.body).join('') || '[]') as IdRange[];
    return {
      version: Number(version),
      place: position === null ? null : { position: Number(position), missing: ranges },
      progress: progress === null ? null : Number(progress) / 100,
    };
  }

  /** `null` where none was made with this configuration. */
  async load(name: string, madeWith: string): Promise<Survey | null> {
    const rows = await rowsWithin<{ body: string }>(
      this.db,
      table(this.db, SURVEYS)
        .select('body')
        .where({ name: keyOf(name) })
        .orderBy('part'),
      ANSWER_TIMEOUT_MS,
    );
    const text = rows.map(({ body }) => body).join('');
    if (text === '') return null;
    try {
      return read(text, madeWith);
    } catch {
      return null;
    }
  }

  /** @returns Its version. */
  async save(
    name: string,
    survey: Survey,
    { place, madeWith }: { place: LogPlace | null; madeWith: string },
  ): Promise<number> {
    const { madeAt: version } = survey;
    const position = place?.position ?? null;
    const rowsOf = (key: string, text: string) =>
      Array.from({ length: Math.max(1, Math.ceil(text.length / PART)) }, (_, part) => {
        const body = text.slice(part * PART, (part + 1) * PART);
        return { name: key, part, version, position, progress: null, body };
      });
    const rows = rowsOf(keyOf(name), write(survey, madeWith));
    if (place && place.missing.length > 0) {
      rows.push(...rowsOf(missingOf(name), JSON.stringify(place.missing)));
    }
    const saving = shortTransaction(this.db, () =>
      this.db.transaction(async ({ trx }) => {
        await table(this.db, SURVEYS, trx as never)
          .whereIn('name', [keyOf(name), missingOf(name)])
          .delete();
        for (const row of rows) await table(this.db, SURVEYS, trx as never).insert(row);
      }),
    );
    await answered(saving);
    return version;
  }

  /** Tells other processes how far the next survey is. */
  async note(name: string, progress: number): Promise<void> {
    const row = { name: keyOf(name), part: 0, version: 0, position: null, body: '' };
    const share = Math.round(100 * progress);
    const change = (query: Knex.QueryBuilder) => changedWithin(this.db, query, READ_TIMEOUT_MS);
    const own = table(this.db, SURVEYS).where({ name: keyOf(name), part: 0 });
    if ((await change(own.update({ progress: share }))) > 0) return;
    const first = table(this.db, SURVEYS).insert({ ...row, progress: share });
    await change(first.onConflict(['name', 'part']).ignore());
  }
}

/** Names of types may be longer than the column. */
const keyOf = (name: string): string =>
  name.length <= 64 ? name : `${name.slice(0, 40)} ${hashText(name).toString(36)}`;

/** A separate name: earlier versions read all rows with the survey's name as its text. */
const missingOf = (name: string): string => keyOf(`missing ${name}`);
