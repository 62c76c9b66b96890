import { EngineUnavailable } from '../engine';

/** A request to the cluster. */
export interface SearchRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  path: string;
  query?: Readonly<Record<string, string | number | boolean>>;
  body?: object;
  /** How long to wait for the answer, in milliseconds. Default: as configured. */
  timeoutMs?: number;
  /** Whether it is not repeated if there is no answer. Default `false`. */
  isTriedOnce?: boolean;
  /** Instead of a body: objects, one per line. */
  lines?: readonly object[];
}

/** What the engine needs of a client: a few lines adapt that of OpenSearch or of Elasticsearch. */
export interface SearchClient {
  /** @throws SearchFailure when the cluster refuses, or does not answer. */
  request<Answer>(request: SearchRequest): Promise<Answer>;
}

const BAD_REQUEST = 400;

/** The cluster refused something, or did not answer in time. */
export class SearchFailure extends EngineUnavailable {
  /**
   * @param status The HTTP status; `null` where there was no answer.
   * @param type What the cluster calls it, such as `index_not_found_exception`; an empty string where it says nothing.
   */
  constructor(
    readonly status: number | null,
    readonly type: string,
    message: string,
  ) {
    super(message);
  }

  override get isOutage(): boolean {
    return this.status !== BAD_REQUEST;
  }

  /** Whether what was asked for is not there. */
  get isNotFound(): boolean {
    return this.status === 404;
  }
}

/** Makes a search fail if a shard is missing: documents that it lacks would be taken for gone. */
export const WHOLE = { allow_partial_search_results: false } as const;

/** One document as searches and reads return it. */
export interface Hit<Source = object> {
  _id: string;
  _score?: number | null;
  _seq_no?: number;
  _version?: number;
  found?: boolean;
  matched_queries?: string[];
  _source?: Source;
  fields?: Record<string, unknown[]>;
}

/**
 * Returns documents that were read by id.
 *
 * @throws SearchFailure if one could not be read, which does not mean that it does not exist.
 */
export function checkItems<Source>(
  docs: readonly (Hit<Source> & { error?: { type: string; reason: string } })[],
): readonly Hit<Source>[] {
  for (const { error } of docs) {
    if (!error) continue;
    const status = error.type === 'index_not_found_exception' ? 404 : 503;
    throw new SearchFailure(status, error.type, error.reason);
  }
  return docs;
}

/** @throws SearchFailure where only some shards have answered. */
export function checkShards({ _shards }: { _shards?: { failed: number } }): void {
  if (!_shards || _shards.failed === 0) return;
  throw new SearchFailure(503, 'shards_failed', `${_shards.failed} shards did not answer.`);
}

export interface SearchAnswer<Source = object> {
  hits: { total?: { value: number }; hits: Hit<Source>[] };
  error?: { type: string; reason: string };
  status?: number;
  _scroll_id?: string;
  _shards?: { failed: number };
  aggregations?: Record<string, { value: number }>;
}
