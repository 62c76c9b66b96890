import type { Public, UID } from '@strapi/strapi';

import type { LanguageCode } from '../engine/analysis/language-table';
import type { Signal } from '../engine/engine';

/**
 * The plugin's configuration in `config/plugins.ts`, under `'related-articles'.config`. In a project with
 * generated types (`strapi ts:generate-types`) every content type, attribute and relation is checked by TypeScript.
 */
export interface RelatedArticlesConfig {
  /** The content types to relate, by uid such as `api::article.article`; documents are related to others of their own type and locale. Default: none. */
  contentTypes?: { [Uid in RelatableUid]?: ContentTypeOptions<Uid> };
  /** How many suggestions a request gets if it does not specify a number, 1 to 100. Default 5. */
  limit?: number;
  /**
   * What fills a list that has fewer suggestions than requested. `category`: the newest entries that share the first of
   * the type's `relations`, then the newest of all. `newest`: the newest of all. `none`: nothing. Such entries have
   * `origin: "fallback"`. Default `none`.
   */
  fallback?: Fallback;
  /**
   * Leaves out entries dated more than this many days before the newest entry of the type and locale, 1 to 36500. Pins
   * and entries without a date stay. Default: any age.
   */
  maxAge?: number;
  /** The language of locales whose code does not begin with a language code, such as `{ 'x-klingon': 'en' }`. Default: the language of the locale's code. */
  languages?: Record<string, LanguageCode>;
  cache?: CacheOptions;
  /**
   * Whether writes that change lists send the event `related.changed`, which names the entries whose lists have
   * changed, to code that listens to `strapi.eventHub` and to webhooks; see docs/rest.md. One instance keeps the first
   * places of all lists in memory for it. Default `false`.
   */
  changedEvent?: boolean;
  /** Where the index is: in every process, or in a search cluster for all of them. Default `{ kind: 'embedded' }`. */
  engine?: EmbeddedEngineOptions | OpenSearchEngineOptions;
  ranking?: RankingConfig;
  sync?: SyncOptions;
  limits?: LimitsOptions;
}

export const FALLBACKS = ['none', 'category', 'newest'] as const;
export type Fallback = (typeof FALLBACKS)[number];

/** How long callers, and caches on the way to them, may keep lists that are the same for everybody, in seconds. */
export interface CacheOptions {
  /** 0 to 31536000. Default 0: they ask each time, and get a 304 if nothing has changed. */
  maxAge?: number;
  /** For how much longer an old list may be shown while a new one is fetched, 0 to 31536000. Default 0. */
  staleWhileRevalidate?: number;
  /**
   * Whether the document middlewares of your project and of its plugins (`strapi.documents.use`), and functions that
   * subscribe to `strapi.db.lifecycles`, affect only writes. The plugin cannot tell whether they also change what some
   * callers read. So if there are any, lists are `private`, are made for each request, and are made one by one if a
   * request asks for several, unless you say `true`. Default `false`.
   */
  middlewaresOnlyWrite?: boolean;
  /**
   * Whether the middlewares of your whole application (`config/middlewares`) leave lists the same for every caller. The
   * plugin cannot tell whether one of them shortens answers for some callers, such as by a cookie: shared caches would
   * pass on one caller's answer to others, and a 304 would confirm what another caller got. If `false`, lists are
   * `private` and always sent whole. Default: whether `config/middlewares` names only Strapi's own.
   */
  shared?: boolean;
}

/** One content type whose documents are related to each other. */
export interface ContentTypeOptions<Uid extends string = string> {
  /** The attribute of kind `string` or `text` that people know a document by. Its words count most. Required. */
  title: NameOf<Uid, 'string' | 'text'>;
  /** The attribute of kind `uid` or `string` that holds the last part of the document's address. Its words count, and it is used to resolve links and requests. Default: none. */
  slug?: NameOf<Uid, 'uid' | 'string'>;
  /** The attributes to read, each with a weight above 0 up to 10: how often each of its words counts. See `TextOption` for the kinds. Default: none, the title alone. */
  text?: TextOptions<Uid>;
  /** The relations that group documents, each with a weight of 0 to 10 within the taxonomy signal. With 0, the names of related entries count as text only. Default: none. */
  relations?: { [Name in NameOf<Uid, 'relation'>]?: RelationOption<Uid, Name> };
  /**
   * A relation to the same content type in which editors pick related entries by hand. Published picks come first in
   * the list, in their order, after the entries pinned in the panel. `evaluate` and `tune` use picks as judgements.
   * Default: none.
   */
  picked?: NameOf<Uid, 'relation'>;
  /** The attribute of kind `date`, `datetime` or `timestamp` that says when the document was written. Default: none, and the date signal does not count. */
  date?: NameOf<Uid, 'date' | 'datetime' | 'timestamp'>;
  /**
   * The address at which the site shows a document, with `:slug` or `:documentId`, and `:locale` where it has one.
   * Links in a text that match it are recognised as links to documents. A path such as `/articles/:slug` is
   * recognised on any host, `https://example.org/articles/:slug` on that host and without a host. Give one address
   * for all locales, or one for each by its code. Default: none, and links do not count.
   */
  url?: string | Record<string, string>;
  /** The language of a type without locales, as an ISO 639-1 code. Default `en`. */
  language?: LanguageCode;
  /** Private attributes that may nevertheless be read as text; name those of components by their path, such as `seo.note`. Their words are never shown and their links do not count, but they shape the lists that everybody sees. Default: none. */
  allowPrivate?: string[];
  /** Policies of the route, as in any Strapi route, after the two permissions: names such as `global::is-member`. Default: none. */
  policies?: string[];
  /**
   * How the route reads the documents that it serves. `controller`: it calls the type's own `find` and `findOne`
   * routes, so everything that your controllers, policies and middlewares hide, add or reshape applies to suggestions
   * too. `plugin`: the policies and middlewares of your routes still run, but Strapi's document service replaces your
   * controllers. Default `controller`. If a type has no such route, or its controllers answer in a shape other than
   * Strapi's, its lists are refused until you choose `plugin`.
   */
  documentsFrom?: DocumentsFrom;
  /** Custom signals, by a name of your choice. Default: none. */
  signals?: Record<string, CustomSignalOptions<Uid>>;
  /** Rules for what may be suggested. They do not remove pins and picks. Default: none. */
  rules?: RuleOptions<Uid>;
}

/** A site's rules. The relations that they name must be configured under `relations`. */
export interface RuleOptions<Uid extends string = string> {
  /** Never suggest documents that have one of these entries, by name: `{ category: ['Press releases'] }`. */
  never?: { [Name in NameOf<Uid, 'relation'>]?: string[] };
  /**
   * Suggest only documents that share an entry with the source: `['category']`. A source without any is not limited.
   */
  same?: NameOf<Uid, 'relation'>[];
  /** Suggest only documents that share no entry with the source. */
  different?: NameOf<Uid, 'relation'>[];
  /** How many suggestions of a list may share an entry, 1 to 100: `{ author: 2 }`. Pins count. May shorten lists. */
  atMost?: { [Name in NameOf<Uid, 'relation'>]?: number };
  /**
   * Move documents that have an entry towards the front or the back: multiplies their score by this, 0.1 to 10.
   * Example: `{ category: { Recipes: 1.5, News: 0.5 } }`.
   */
  favour?: { [Name in NameOf<Uid, 'relation'>]?: Record<string, number> };
  /**
   * Move old documents towards the back: one that is this many days older than the newest entry gets half its score, 1
   * to 36500. Needs `date`.
   */
  halfLife?: number;
  /** Relations that do not count in the ranking; their documents may still be suggested: `['author']`. */
  ignore?: NameOf<Uid, 'relation'>[];
  /** Put one document first in the lists of all documents with an entry: `[{ relation: 'category', name: 'Kitchen', documentId: 'abc' }]`. Pins and picks come before it. */
  place?: { relation: NameOf<Uid, 'relation'>; name: string; documentId: string }[];
}

export const DOCUMENTS_FROM = ['controller', 'plugin'] as const;
export type DocumentsFrom = (typeof DOCUMENTS_FROM)[number];

/**
 * What is read from an attribute:
 * - `string`, `text`, `richtext`: a weight, or `{ weight, format }`;
 * - `blocks`: a weight;
 * - `media`: a weight; captions and alternative texts are read;
 * - component: a weight for all texts in it, or an object of its attributes like this one;
 * - dynamic zone: a weight for all texts in it, or such an object by component uid. Components that are not named are not read.
 */
export type TextOption<Attribute> = Attribute extends {
  type: 'component';
  component: infer Component;
}
  ? number | TextOptions<Component & string>
  : Attribute extends {
        type: 'dynamiczone';
        components: infer Components extends readonly string[];
      }
    ? number | { [Component in Components[number]]?: number | TextOptions<Component> }
    : Attribute extends { type: 'string' | 'text' | 'richtext' }
      ? number | FormattedText
      : number;

export interface FormattedText {
  /** How often each of its words counts, above 0 up to 10. Required. */
  weight: number;
  /** How the text is written. Default: `plain` for `string` and `text`; for `richtext`, `html` if the text is one HTML element after another, else `markdown`. */
  format: TextFormat;
}

export const TEXT_FORMATS = ['plain', 'markdown', 'html'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** `TextOption`s by attribute name. */
export type TextOptions<Uid extends string> = string extends keyof AttributesOf<Uid>
  ? Record<string, LooseTextOption>
  : { [Name in NameOf<Uid, TextKind>]?: TextOption<AttributesOf<Uid>[Name]> };

export type LooseTextOption = number | FormattedText | { [attribute: string]: LooseTextOption };
export type TextKind =
  'string' | 'text' | 'richtext' | 'blocks' | 'media' | 'component' | 'dynamiczone';

/** A weight, or a weight and the attribute that names the related entries. */
export type RelationOption<Uid extends string, Name extends string> =
  | number
  | {
      /** How much a shared entry counts compared with the other relations, 0 to 10; with 0, the names count as words only. Required. */
      weight: number;
      /** The attribute of kind `string` or `text` that names a related entry. Default: `name`, `title`, `label`, `displayName` or the first that exists; without one, entries are compared without words. */
      label?: NameOf<TargetOf<Uid, Name>, 'string' | 'text'>;
    };

/** A custom signal, defined by the site builder. */
export interface CustomSignalOptions<Uid extends string = string> {
  /** What a score of 1 adds to the ranking, compared with at most 0.7 from the words of texts. Above 0 up to 10. Required. */
  weight: number;
  /** The attributes that `score` looks at: text other than `richtext` and `blocks`, numbers, dates, booleans, enumerations and JSON. They are kept in memory with the index. Default: only `documentId`, `locale` and the title. */
  attributes?: NameOf<Uid, ScalarKind>[];
  /**
   * How related the candidate is to the source by this signal, from -1 (keep apart) through 0 (nothing to say) to 1;
   * values outside that range are clamped. Called for each of up to some 300 candidates of a request: keep it fast,
   * and make it depend on its arguments alone, so that lists can be reproduced. When it throws or returns no finite
   * number, the log names it and the list is made without it.
   */
  score: (source: SignalDocument<Uid>, candidate: SignalDocument<Uid>) => number;
}

/**
 * What a custom signal sees of a document: the attributes that it names. A candidate is as published, a source as the
 * caller asks about it; a text sent for suggestions has none of them.
 */
export type SignalDocument<Uid extends string = string> = {
  documentId: string;
  /** `null` for a type without locales. */
  locale: string | null;
  title: string;
} & (string extends keyof AttributesOf<Uid>
  ? // Without generated types nothing is known about attributes, but the site builder's code must still compile.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    Record<string, any>
  : { [Name in NameOf<Uid, ScalarKind>]?: ScalarOf<AttributesOf<Uid>[Name]> | null });

export interface RankingConfig {
  /** Suggestions below this score, 0 to 1, are left out. It means the same on every site. Default 0.13. */
  minScore?: number;
  /** 0 orders by relatedness alone; values closer to 1 favour variety. Default 0.05. */
  diversity?: number;
  /**
   * How much each signal counts compared with the others, 0 to 10, default 1. `text`: shared words and word pairs.
   * `title`: title words found in the other document, titles mentioned, slug words. `taxonomy`: shared category,
   * tags or other relations; a rare one counts more. `links`: links between the documents, and to or from the
   * same others. `date`: written near each other.
   */
  weights?: Partial<Record<Signal, number>>;
}

export const SEARCH_CLIENTS = ['opensearch', 'elasticsearch'] as const;
export const WHEN_AWAY = ['error', 'empty'] as const;

/** An index in every process: the default. */
export interface EmbeddedEngineOptions {
  kind: 'embedded';
}

/** One index for all instances, in an OpenSearch cluster of yours; see docs/scaling.md. */
export interface OpenSearchEngineOptions {
  kind: 'opensearch';
  /** The address of a node, such as `https://search.example.org:9200`, or of several. Required. */
  node: string | string[];
  /**
   * Which client to use; your project must have it installed: `@opensearch-project/opensearch` or
   * `@elastic/elasticsearch`. Default `opensearch`.
   */
  client?: (typeof SEARCH_CLIENTS)[number];
  /** A user of the cluster; take both from the environment. Default: none. */
  auth?: { username: string; password: string };
  /** `ca`: the certificate of the authority, as PEM. `rejectUnauthorized: false` trusts any certificate. Default: those of Node. */
  tls?: { ca?: string; rejectUnauthorized?: boolean };
  /**
   * The prefix of all index names: lower-case letters, digits, `-` and `_`. Each site and environment that shares a
   * cluster needs its own. Default `related-articles-`.
   */
  indexPrefix?: string;
  /** Primary shards of each content type and locale, 1 to 100. Default 1, which is enough for some millions of articles. */
  shards?: number;
  /** Copies of each shard: a number, 0 to 10, or a range such as `0-1` that depends on the nodes. Default `0-1`. */
  replicas?: number | string;
  /** Milliseconds after which the cluster is considered not to answer, 100 to 60000. Default 3000. */
  requestTimeout?: number;
  /** Seconds for which the last known lists are served while the cluster does not answer, 0 to 86400. Default 300. */
  serveStaleFor?: number;
  /** What readers get after that: `error` is a 503, `empty` an empty list. Editors get an error. Default `error`. */
  whenAway?: (typeof WHEN_AWAY)[number];
}

/** How the index is kept in step with the database. */
export interface SyncOptions {
  /** The folder in which the index is saved, so that a start need not read everything; relative to the project folder. With `false` it is not saved. Default `.tmp/related-articles`. */
  snapshotDirectory?: string | false;
  /** Seconds between saves while the index changes, 1 to 86400. Default 300. */
  snapshotInterval?: number;
  /** Seconds between checks for what other processes wrote, 0.05 to 60. A process picks up its own writes at once. Default 1. */
  pollInterval?: number;
  /** Seconds between quick checks for changes made outside Strapi, such as by SQL, 1 to 86400. Default 60. */
  checkInterval?: number;
  /** The local time of the daily comparison of everything with the database, `HH:MM`, or `false`. It also runs after each start. Default `03:00`. */
  deepCheck?: string | false;
  /** Minimum number of minutes that a change is kept in the log, 1 to 10080: an instance may sleep, or a transaction stay open, for that long without the index having to be read again. Default 60. */
  retention?: number;
  /** Minutes for which pins and exclusions outlive their document, 0 to 525600: a document that comes back within that time, as in an import, gets them back. Default 1440, a day. */
  curationRetention?: number;
  /** Days for which the history of pins and exclusions is kept, with the names of those who made the changes, 1 to 36500; `false` keeps it forever. Default 365. */
  historyRetention?: number | false;
}

/** What a request may ask for; one that asks for more is answered with 400. The project's `api.rest.maxLimit` limits the page size. */
export interface LimitsOptions {
  /** documentIds in `exclude`, 0 to 1000. Default 100. */
  exclude?: number;
  /**
   * Suggestions in one answer: requested entries times suggestions for each, and each counts five times with `explain`,
   * 10 to 10000. Default 500.
   */
  documents?: number;
  /** Characters that the entries of all lists take in one answer with several lists, 100000 to 200000000. Default 20000000. */
  answerLength?: number;
  /** Entries in `documentIds` of one request for several lists, 1 to 500. Default 100. */
  sources?: number;
  /** Characters of a text that is sent for suggestions, 100 to 1000000. Default 20000. */
  textLength?: number;
  /** Relations that one path of `filters`, `populate` or `sort` follows, 1 to 10. Default 4. */
  relationDepth?: number;
  /** Relations that all conditions of `filters` and `sort` follow together, 1 to 20. Default 10. */
  relations?: number;
  /** Conditions in `filters`, 1 to 500. Default 50. */
  conditions?: number;
  /** Rows that a query may make the database join, 1000 to 1000000000, estimated from how many rows your relations have. Each condition on a relation to many multiplies them; a single one is always allowed where its path begins with it. Each text search counts as one row for every 1,000 characters that it searches, and as much again for every 32 characters of the search term; a search that costs no more than 20 for each row is free. Default 300000. */
  joinedRows?: number;
  /** Rows that a `populate` may load, 100 to 10000000, estimated in the same way; each 1,000 characters of long text in a row count as one more row. Default 10000. */
  populatedRows?: number;
  /** Milliseconds after which a request for suggestions is answered with 503, 100 to 600000. A query that is already running ends only at the database's own limit; see docs/security.md. Default 10000. */
  requestTime?: number;
  /** Characters of the query string, 100 to 100000. Default 8000. */
  queryLength?: number;
  /** Characters of JSON of an unsaved entry that the editor's panel may send, 1000 to 10000000; for a longer entry, the saved version counts. Default 500000. */
  formLength?: number;
  /** Processor time, in milliseconds, allowed for reading the text of one document, 100 to 60000. A document that takes longer is related by its title and relations alone, and named by `related-articles status`. Default 5000. */
  readingTime?: number;
  /** Requests that an administrator's panel may make within a minute, 10 to 10000. Default 240. */
  panelRequestsPerMinute?: number;
}

export const SCALAR_KINDS = [
  'string',
  'text',
  'uid',
  'email',
  'enumeration',
  'boolean',
  'integer',
  'biginteger',
  'decimal',
  'float',
  'date',
  'datetime',
  'time',
  'timestamp',
  'json',
] as const;
type ScalarKind = (typeof SCALAR_KINDS)[number];
type ScalarOf<Attribute> = Attribute extends { type: 'integer' | 'decimal' | 'float' }
  ? number
  : Attribute extends { type: 'boolean' }
    ? boolean
    : Attribute extends { type: 'json' }
      ? unknown
      : string;

type RelatableUid = Extract<UID.CollectionType, `api::${string}` | `plugin::${string}`>;
type Schemas = Public.ContentTypeSchemas & Public.ComponentSchemas;
type AttributesOf<Uid extends string> = Uid extends keyof Schemas
  ? Schemas[Uid]['attributes']
  : Record<string, { type: string }>;
/** The names of a schema's attributes of these kinds; any string where the project has no generated types. */
type NameOf<Uid extends string, Kind extends string> = string extends keyof AttributesOf<Uid>
  ? string
  : NamesIn<AttributesOf<Uid>, Kind>;
type NamesIn<Attributes, Kind extends string> = {
  [Name in keyof Attributes & string]: Attributes[Name] extends { type: Kind } ? Name : never;
}[keyof Attributes & string];
type TargetOf<Uid extends string, Name extends string> = AttributesOf<Uid>[Name &
  keyof AttributesOf<Uid>] extends { target: infer Target extends string }
  ? Target
  : string;
