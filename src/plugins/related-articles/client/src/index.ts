import type { Entry, Filters, Populate } from './query';
import type {
  RelatedDocument,
  RelatedListsResponse,
  RelatedResponse,
} from '../../server/src/controllers/rest/response';

export type {
  RelatedDocument,
  RelatedExplanation,
  RelatedLinks,
  RelatedList,
  RelatedListsResponse,
  RelatedMeta,
  RelatedPagination,
  RelatedResponse,
} from '../../server/src/controllers/rest/response';

export type { Entry, Filters, Nested, Operators, Populate } from './query';

/** The parameters of every list, as in REST; see docs/rest.md. */
export interface RelatedQuery<T extends Entry = Entry> {
  /** Names of attributes. Default: all that the caller may read. */
  fields?: readonly (keyof T & string)[] | '*';
  /** As Strapi takes it: a name, several names, `*`, or an object with a query for each. */
  populate?: Populate<T>;
  /** Strapi's own filters: they choose among the 200 best. */
  filters?: Filters<T>;
  /** As Strapi takes it. Default: the first page, with as many entries as the site shows. */
  pagination?: { page?: number; pageSize?: number; start?: number; limit?: number; withCount?: boolean }; // prettier-ignore
  locale?: string;
  /** documentIds that are left out. */
  exclude?: readonly string[];
  /** 0 to 1. */
  minScore?: number;
  /** Days before the newest entry. */
  maxAge?: number;
  fallback?: 'none' | 'category' | 'newest';
  explain?: boolean;
}

export interface OneQuery<T extends Entry = Entry> extends RelatedQuery<T> {
  /** `draft` needs a token that reads everything. */
  status?: 'draft' | 'published';
  /** Whether each entry has its metadata in `__related`. */
  inline?: boolean;
}

export interface ManyQuery<T extends Entry = Entry> extends RelatedQuery<T> {
  /** Whether a list leaves out entries of earlier lists. */
  distinct?: boolean;
  together?: false;
}

/** One list for all entries. */
export interface TogetherQuery<T extends Entry = Entry> extends RelatedQuery<T> {
  together: true;
}

export interface RelatedText {
  title?: string;
  text?: string;
  locale?: string;
}

export interface RequestOptions {
  signal?: AbortSignal;
  /** Passed to `fetch`, such as `{ next: { tags: ['related'] } }`. */
  init?: RequestInit;
}

/** Where tags and answers are cached: a `Map`, or anything with these two methods. */
export interface RelatedCache {
  get(key: string): Remembered | undefined;
  set(key: string, value: Remembered): unknown;
}

export interface Remembered {
  tag: string;
  body: unknown;
}

/** How to reach Strapi without `@strapi/client`. */
export interface Connection {
  /** With the prefix, such as `https://cms.example.org/api`. */
  baseURL: string;
  /** An API token. */
  auth?: string;
  headers?: Record<string, string>;
  /** Default: that of the platform. */
  fetch?: (url: string, init?: RequestInit) => Promise<Response>;
}

/** The part of `@strapi/client` that is used here. */
export interface StrapiClient {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

/** An error response of the server, with the server's message. */
export class RelatedError extends Error {
  /** @param status The status of the response, such as 400. */
  constructor(
    readonly status: number,
    name: string,
    message: string,
    readonly details: unknown,
  ) {
    super(message);
    /** As the server calls it: `ValidationError`, `ForbiddenError`, `NotFoundError` … */
    this.name = name;
  }
}

export interface RelatedOptions {
  /** Where answers are cached: the server then sends them in full again only if they have changed. Default: nowhere. */
  cache?: RelatedCache;
}

/**
 * Creates a typed client for related entries.
 *
 * @param target A client of `@strapi/client`, or how to connect to Strapi.
 * @throws RelatedError from each call that the server refuses, and what `fetch` throws if it cannot reach the server.
 */
export function related(
  target: StrapiClient | Connection,
  { cache }: RelatedOptions = {},
): RelatedClient {
  const send = senderOf(target);
  const ask = async (
    path: string,
    query: object,
    { signal, init }: RequestOptions,
    body?: unknown,
  ) => {
    const search = queryString(query);
    const url = search ? `${path}?${search}` : path;
    // Do not cache answers to texts: nobody sends the same text twice.
    const known = body === undefined ? cache?.get(url) : undefined;
    const headers = new Headers(init?.headers);
    if (body !== undefined) headers.set('Content-Type', 'application/json');
    if (known) headers.set('If-None-Match', known.tag);
    const response = await within(
      signal,
      send(url, {
        ...init,
        ...(signal && { signal }),
        ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
        headers,
      }),
    );
    if (response.status === 304 && known) return structuredClone(known.body);
    if (!response.ok) {
      // A proxy in between may answer with something other than JSON.
      const refused = await within(
        signal,
        response.json().catch(() => null),
      );
      const { name = 'Error', message = response.statusText, details } = refused?.error ?? {};
      throw new RelatedError(response.status, name, message, details);
    }
    const answer = await within(signal, response.json());
    const tag = response.headers.get('etag');
    if (cache && tag && body === undefined) cache.set(url, { tag, body: structuredClone(answer) });
    return answer;
  };
  return {
    related: async (type, documentId, query = {}, options = {}) =>
      ask(`/${part(type)}/${part(documentId)}/related`, query, options),
    relatedMany: async (
      type: string,
      documentIds: readonly string[],
      query: object = {},
      options = {},
    ) => {
      documentIds.forEach(checkListed);
      return ask(`/related-articles/${part(type)}`, { ...query, documentIds }, options);
    },
    relatedToText: async (type, text, query = {}, options = {}) =>
      ask(`/related-articles/${part(type)}`, query, options, text),
  };
}

export interface RelatedClient {
  /**
   * Returns the list of one entry.
   *
   * @param type The plural name in the API, such as `articles`.
   * @param documentId The documentId or the slug.
   */
  related<T extends Entry = Record<string, unknown>>(type: string, documentId: string, query: OneQuery<NoInfer<T>> & { inline: true }, options?: RequestOptions): Promise<RelatedResponse<RelatedDocument<T>>>; // prettier-ignore
  related<T extends Entry = Record<string, unknown>>(type: string, documentId: string, query?: OneQuery<NoInfer<T>>, options?: RequestOptions): Promise<RelatedResponse<T>>; // prettier-ignore
  /** Returns a list for each entry, in one request; with `together: true`, one list for all. */
  relatedMany<T extends Entry = Record<string, unknown>>(type: string, documentIds: readonly string[], query: TogetherQuery<NoInfer<T>>, options?: RequestOptions): Promise<RelatedResponse<T>>; // prettier-ignore
  relatedMany<T extends Entry = Record<string, unknown>>(type: string, documentIds: readonly string[], query?: ManyQuery<NoInfer<T>>, options?: RequestOptions): Promise<RelatedListsResponse<T>>; // prettier-ignore
  /** Returns what is related to a text, such as the words of a URL that was not found. */
  relatedToText<T extends Entry = Record<string, unknown>>(type: string, text: RelatedText, query?: RelatedQuery<NoInfer<T>>, options?: RequestOptions): Promise<RelatedResponse<T>>; // prettier-ignore
}

/** Encodes a part of a path. @throws TypeError for what would change the path or has no UTF-8: readers may have typed it. */
function part(name: string): string {
  if (!/^\.{0,2}$|\p{Surrogate}/u.test(name)) return encodeURIComponent(name);
  throw new TypeError(`expected a name or a documentId, got "${name}"`);
}

/** @throws TypeError for what the server would read as none or several: readers may have typed it. */
function checkListed(documentId: string): void {
  if (!/^\s|,|\s$|^$|\p{Surrogate}/u.test(documentId)) return;
  throw new TypeError(`expected a documentId or a slug, got "${documentId}"`);
}

type Send = (url: string, init: RequestInit) => Promise<Response>;

function senderOf(target: StrapiClient | Connection): Send {
  if ('baseURL' in target && typeof target.baseURL === 'string' && !isClient(target)) {
    const { baseURL, auth, headers, fetch: own } = target;
    const base = baseURL.replace(/\/+$/, '');
    return (url, init) => {
      const all = new Headers(headers);
      if (auth) all.set('Authorization', `Bearer ${auth}`);
      new Headers(init.headers).forEach((value, name) => all.set(name, value));
      return (own ?? fetch)(base + url, { ...init, headers: all });
    };
  }
  // The client throws for every response that is not a success, 304 included; the error has the response.
  return (url, init) =>
    (target as StrapiClient).fetch(url, init).catch((error: { response?: Response }) => {
      if (error.response) return error.response;
      throw error;
    });
}

/** Whether a target is a client: only clients have collections, while a connection may have its own `fetch`. */
const isClient = (target: object): boolean => 'collection' in target;

/** Rejects when the caller's signal aborts: `@strapi/client` replaces that signal with its own. */
function within<T>(signal: AbortSignal | undefined, answer: Promise<T>): Promise<T> {
  if (!signal) return answer;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Lists that the server takes as names separated by commas. */
const JOINED = new Set(['documentIds', 'exclude', 'fields']);

/** Matches keys inside filters, including filters of populated entries. */
const IN_FILTERS = /(?:^|\[)filters\]?\[/;

/** Whether a value would be missing from the URL; a `Set` would be, too. */
const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'object' && !(value instanceof Date) && Object.keys(value).length === 0);

const said = (value: unknown): string =>
  Array.isArray(value) ? 'an empty list' : typeof value === 'object' && value ? 'an empty object' : String(value); // prettier-ignore

/** Builds the query string as Strapi reads it: `filters[title][$contains]=moon`. */
function queryString(query: object): string {
  const parts: string[] = [];
  const add = (key: string, value: unknown): void => {
    if (IN_FILTERS.test(key) && isNothing(value)) {
      // The value would be lost on the way, and the filter with it.
      throw new RelatedError(400, 'ValidationError', `${key}: expected a value, got ${said(value)}. Leave out the filter if there is none`, null); // prettier-ignore
    }
    if (value === undefined || value === null) return;
    if (Array.isArray(value) && JOINED.has(key)) {
      parts.push(`${key}=${value.map(encodeURIComponent).join()}`);
      return;
    }
    if (typeof value === 'object' && !(value instanceof Date)) {
      for (const [name, inner] of Object.entries(value)) add(key ? `${key}[${name}]` : name, inner);
      return;
    }
    const text = value instanceof Date ? value.toISOString() : String(value);
    parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(text)}`);
  };
  add('', query);
  return parts.join('&');
}
