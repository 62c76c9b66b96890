import { checkItems, checkShards, SearchFailure, type Hit, type SearchClient } from './client';
import type { StoredDocument } from './features';
import { countDocument, type Counts } from './counts';
import { aliasOf } from './mapping';
import { READ } from './queries';
import type { TermNumbers } from './term-numbers';

const RETRIES = 5;
const RETRY_MS = 200;
const TOO_MANY = 429;
/** The document itself is at fault; others are not affected. */
const BAD_REQUEST = 400;
/** What a cluster says of an alias that also leads to another index, such as a restored copy. */
const NO_WRITE_INDEX = /no write index is defined/;
/** Writing takes longer than reading, and nobody waits for it. */
const TIMEOUT_MS = 60_000;
/** How much is sent at once at most, in bytes: some clusters, and gateways before them, refuse ten million. */
const MAX_BYTES = 4_000_000;
const TOO_LARGE = 413;
/** How long a write waits for a shard that is away: other indexes wait as well. */
const SHARD_WAIT = '5s';
const REFRESH_MS = 10_000;

/** A document to be written: what is stored, and what is only searched. */
export interface Write {
  id: string;
  /** `null` removes the document. */
  stored: (StoredDocument & { body: string; title: readonly string[]; sample: number }) | null;
}

/** What became of a write. */
export interface Written {
  id: string;
  /** Why it was refused; `null` if it was written. */
  error: Error | null;
}

interface BulkAnswer {
  items: { index: { _id: string; status: number; error?: { type: string; reason: string } } }[];
}

/** Writes documents into an index in the cluster, and counts what changes with them. */
export class IndexWriter {
  constructor(private readonly client: SearchClient) {}

  /**
   * Writes at most a few hundred documents, no two with the same id.
   *
   * @param position The change log position that the documents reflect at least; versions written at a later one stay.
   *   `null` if there is no log. Called just before writing: it throws when this process may no longer write.
   * @param count Called with a function that adds a write's changes to counts.
   * @throws SearchFailure when the cluster refuses to write: it is away, full or read-only, or another process has
   *   written at a later position (409). What was written before is counted.
   */
  async write(
    name: string,
    numbers: TermNumbers,
    writes: readonly Write[],
    position: () => number | null,
    count: (into: (counts: Counts) => void) => void,
  ): Promise<Written[]> {
    const before = await this.stored(name, writes.map(({ id }) => id), READ); // prettier-ignore
    const written: Written[] = [];
    let most = writes.length;
    for (let left = [...writes], tries = 0; left.length > 0;) {
      const part = firstOf(left, most);
      const answer = await this.bulk(name, part, position()).catch((error: unknown) => {
        if (!(error instanceof SearchFailure) || error.status !== TOO_LARGE) throw error;
        return error;
      });
      if (answer instanceof SearchFailure) {
        if (part.length > 1) {
          most = Math.ceil(part.length / 2);
          continue;
        }
        written.push({ id: part[0].id, error: answer });
        left = left.slice(1);
        continue;
      }
      const again: Write[] = [];
      let failure: SearchFailure | null = null;
      answer.items.forEach(({ index: { status, error } }, at) => {
        const write = part[at];
        if (status === TOO_MANY && tries < RETRIES) return again.push(write);
        if (!error) count((counts) => this.count(counts, numbers, before[writes.indexOf(write)], write)); // prettier-ignore
        const refusal = error && new SearchFailure(status, error.type, error.reason);
        if (refusal && !isOfDocument(refusal)) failure = refusal;
        written.push({ id: write.id, error: refusal ?? null });
      });
      if (failure) throw failure;
      left = [...left.slice(part.length), ...again];
      if (again.length === 0) continue;
      await new Promise((go) => setTimeout(go, RETRY_MS * 2 ** tries));
      tries += 1;
    }
    return written;
  }

  /** Makes writes visible to searches. */
  async refresh(name: string): Promise<void> {
    const answer = await this.client.request<{ _shards?: { failed: number } }>({
      method: 'POST',
      path: `/${name}/_refresh`,
      timeoutMs: REFRESH_MS,
      isTriedOnce: true,
    });
    checkShards(answer);
  }

  /** The notes of documents as they were last written; documents that do not exist are missing. */
  async notes(name: string, ids: readonly string[]): Promise<Map<string, string>> {
    const stored = await this.stored(name, ids, ['deleted', 'note']);
    const notes = new Map<string, string>();
    stored.forEach((document, at) => {
      if (document) notes.set(ids[at], document.note ?? '');
    });
    return notes;
  }

  /** Documents as they were last written, in the order of their ids; `null` for those that are not there. */
  private async stored(
    name: string,
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<(StoredDocument | null)[]> {
    if (ids.length === 0) return [];
    const { docs } = await this.client.request<{ docs: Hit<StoredDocument>[] }>({
      method: 'POST',
      path: `/${name}/_mget`,
      query: { _source_includes: fields.join(',') },
      body: { ids },
    });
    return checkItems(docs).map(({ _source }) => (_source && !_source.deleted ? _source : null));
  }

  private bulk(name: string, writes: readonly Write[], position: number | null) {
    const version = position === null ? {} : { version: position, version_type: 'external_gte' };
    return this.client.request<BulkAnswer>({
      method: 'POST',
      path: '/_bulk',
      query: { timeout: SHARD_WAIT },
      timeoutMs: TIMEOUT_MS,
      lines: writes.flatMap(({ id, stored }) => [
        // Otherwise, a missing index would be created with a guessed mapping.
        { index: { _index: aliasOf(name), _id: id, require_alias: true, ...version } },
        stored ?? { id, deleted: true },
      ]),
    });
  }

  private count(
    counts: Counts,
    numbers: TermNumbers,
    before: StoredDocument | null,
    { stored }: Write,
  ): void {
    if (before) countDocument(counts, before, numbers, -1);
    if (stored) countDocument(counts, stored, numbers, 1);
  }
}

/** The first writes, as many as may be sent at once: at least one, at most so many. */
function firstOf(writes: readonly Write[], most: number): Write[] {
  const part: Write[] = [];
  let bytes = 0;
  for (const write of writes.slice(0, most)) {
    const { body = '', words = '', features = '' } = write.stored ?? {};
    bytes += Buffer.byteLength(body) + Buffer.byteLength(words) + features.length;
    if (part.length > 0 && bytes > MAX_BYTES) break;
    part.push(write);
  }
  return part;
}

/** Whether a refusal is a document's own fault. */
const isOfDocument = ({ status, message }: SearchFailure): boolean =>
  status === BAD_REQUEST && !NO_WRITE_INDEX.test(message);
