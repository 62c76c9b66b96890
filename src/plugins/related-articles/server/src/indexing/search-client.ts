import { createRequire } from 'node:module';
import path from 'node:path';

import type { OpenSearchConfig } from '../config/engine-schema';
import { ConfigurationError } from '../config/validate';
import { SearchFailure, type SearchClient, type SearchRequest } from '../engine/opensearch/client';

/** The part that the clients of OpenSearch and Elasticsearch have in common. */
export interface Transport {
  request(
    parameters: {
      method: string;
      path: string;
      querystring?: object;
      body?: object;
      bulkBody?: Record<string, unknown>[];
    },
    options?: { requestTimeout?: number; maxRetries?: number },
  ): Promise<unknown>;
}

const PACKAGES = {
  opensearch: '@opensearch-project/opensearch',
  elasticsearch: '@elastic/elasticsearch',
} as const;

type ClientClass = new (options: object) => { transport: Transport; close(): Promise<void> };

/**
 * Creates a client from the package that the project has installed: the plugin brings none, as most sites need none.
 *
 * @param root The project's folder.
 * @throws ConfigurationError when the package is not installed.
 */
export function createSearchClient(
  root: string,
  { client, node, auth, tls, requestTimeout }: OpenSearchConfig,
): { client: SearchClient; close(): Promise<void> } {
  const name = PACKAGES[client];
  let Client: ClientClass;
  try {
    ({ Client } = createRequire(path.join(root, 'package.json'))(name) as { Client: ClientClass });
  } catch (error) {
    throw new ConfigurationError([
      `engine.kind is "opensearch", which needs a package that cannot be loaded. Run: npm install ${name} (${(error as Error).message.split('\n')[0]})`,
    ]);
  }
  const made = new Client({
    nodes: [node].flat(),
    ...(auth && { auth }),
    // Each client has its own name for this option.
    ...(tls && (client === 'opensearch' ? { ssl: tls } : { tls })),
    requestTimeout,
    maxRetries: 1,
  });
  return { client: searchClientOf(made.transport), close: () => made.close() };
}

interface FailureBody {
  error?: { type?: string; reason?: string } | string;
  message?: unknown;
  found?: boolean;
  result?: string;
}

/** A gateway's answer may be any text. */
type ResponseBody = FailureBody | string | null | undefined;

interface ResponseError {
  statusCode?: number;
  meta?: { statusCode?: number; body?: ResponseBody };
  message: string;
}

/** Wraps a client of OpenSearch or Elasticsearch for the engine. */
export function searchClientOf(transport: Transport): SearchClient {
  return {
    async request<Answer>(request: SearchRequest): Promise<Answer> {
      const { method, path: address, query, body, lines, timeoutMs, isTriedOnce } = request;
      try {
        const answer = await transport.request(
          {
            method,
            path: address,
            ...(query && { querystring: query }),
            ...(body && { body }),
            ...(lines && { bulkBody: lines as Record<string, unknown>[] }),
          },
          {
            ...(timeoutMs !== undefined && { requestTimeout: timeoutMs }),
            ...(isTriedOnce && { maxRetries: 0 }),
          },
        );
        const found = bodyOf(answer);
        checkShape(request, found);
        return found as Answer;
      } catch (error) {
        throw error instanceof SearchFailure ? error : failureOf(error as ResponseError);
      }
    },
  };
}

/** Returns the body of an answer: OpenSearch's client wraps it, Elasticsearch's returns it as it is. */
function bodyOf(answer: unknown): unknown {
  const isWrapped = typeof answer === 'object' && answer !== null && 'body' in answer && 'statusCode' in answer; // prettier-ignore
  return isWrapped ? answer.body : answer;
}

/** What the answers to these requests contain, by the end of their paths. */
const CONTENTS: Record<string, string> = {
  _search: 'hits',
  scroll: 'hits',
  _mget: 'docs',
  _msearch: 'responses',
  _bulk: 'items',
  _refresh: '_shards',
  blocks: 'cluster_name',
};

/** What the answer to a request contains; `undefined` if there need be nothing in it. */
function contentOf({ method, path: address }: SearchRequest): string | undefined {
  if (method === 'DELETE' || method === 'HEAD') return undefined;
  if (address.includes('/_doc/')) return method === 'GET' ? '_source' : 'result';
  const isMade = method === 'PUT';
  return CONTENTS[address.slice(address.lastIndexOf('/') + 1)] ?? (isMade ? 'acknowledged' : undefined); // prettier-ignore
}

/** @throws SearchFailure if something between Strapi and the cluster, such as a gateway, has answered in its place. */
function checkShape(request: SearchRequest, found: unknown): void {
  const content = contentOf(request);
  if (!content) return;
  const value = (found as Record<string, unknown> | null)?.[content];
  const isWhole =
    content === 'items'
      ? Array.isArray(value) && value.length > 0
      : value !== undefined && value !== null;
  if (!isWhole) throw new SearchFailure(null, '', `The answer has no ${content}`);
}

/** What a cluster always gives reasons for. A gateway that says so in its place knows nothing of indexes. */
const REASONED = [400, 404];

function failureOf(error: ResponseError): SearchFailure {
  // Elastic's client says 0 where there was no answer.
  const answered = (error.meta?.statusCode ?? error.statusCode) || null;
  const body = error.meta?.body;
  const { error: said, found, result } = typeof body === 'object' && body ? body : {};
  const given: { type?: string; reason?: string } = typeof said === 'object' && said ? said : {};
  const { type = '', reason = answered === null ? error.message : answerOf(answered, body) } =
    given;
  // Documents that do not exist have no error.
  const isOfCluster = type !== '' || found === false || result === 'not_found';
  const status = answered !== null && REASONED.includes(answered) && !isOfCluster ? null : answered;
  // Shards that are away have no reason.
  return new SearchFailure(status, type, reason || type);
}

const MAX_ANSWER = 100;

/** Describes an answer that is not in the cluster's own form: an operator needs its status and what it says. */
function answerOf(status: number, body: ResponseBody): string {
  const { error, message } = typeof body === 'object' && body ? body : {};
  const said = [body, error, message].find((text) => typeof text === 'string') ?? '';
  const text = said.slice(0, 10 * MAX_ANSWER).replace(/<[^>]*>|\s+/g, ' ').replace(/ {2,}/g, ' ').trim(); // prettier-ignore
  const isLong = text.length > MAX_ANSWER;
  return `HTTP status ${status}${text && `, ${isLong ? `${text.slice(0, MAX_ANSWER)}…` : text}`}`;
}
