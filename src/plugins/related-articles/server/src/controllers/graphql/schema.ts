/** The names that a content type has in the schema. */
export interface TypeNames {
  /** `Article` */
  type: string;
  /** `ArticleFiltersInput` */
  filters: string;
  /** The queries for all entries: `articles`, `articles_connection`. */
  lists: string[];
  /** The query for one list: `relatedArticles`. */
  query: string;
  /** Whether it has locales; `hasStatus`: whether drafts can be requested. */
  localized: boolean;
  hasStatus: boolean;
  /** Whether entries of the type get the field `related`. */
  hasField: boolean;
}

/** The definitions that the lists of all types share. */
const SHARED = `
"Why an entry is in a list."
enum RelatedOrigin {
  "An editor pinned it."
  pinned
  "The entry itself names it."
  picked
  "A rule of the site puts it there."
  placed
  "The ranking found it."
  suggested
  "It only fills the list."
  fallback
}

"What fills a list that is too short."
enum RelatedFallback {
  none
  category
  newest
}

type RelatedLinks {
  toSuggestion: Boolean!
  fromSuggestion: Boolean!
  "How many entries link to both."
  cocited: Int!
  "To how many entries both link."
  coupled: Int!
}

type RelatedExplanation {
  "Each signal's share, by name; the shares sum to 1."
  signals: JSON!
  "The shared words that count most, strongest first."
  terms: [String!]!
  "Shared categories, tags and the like, by relation."
  taxonomy: JSON!
  links: RelatedLinks!
  "What the site's rules did to its place."
  rules: JSON
}

"How far the index is while it is being built."
type RelatedIndex {
  percent: Int!
}
`;

const listArguments = ({ filters }: TypeNames): string => `
  "How many; default: as many as the site shows."
  limit: Int
  start: Int
  "Leaves out what is less related, 0 to 1."
  minScore: Float
  "Leaves out what is so many days older than the newest entry."
  maxAge: Int
  fallback: RelatedFallback
  "documentIds that are left out."
  exclude: [ID!]
  filters: ${filters}
  "Whether explanations are given; each costs as much as four more suggestions."
  explain: Boolean
`;

const typesOf = ({ type }: TypeNames): string => `
type ${type}RelatedEdge {
  node: ${type}!
  origin: RelatedOrigin!
  "How related the two are, 0 to 1; it means the same on every site."
  score: Float!
  "With explain: true."
  explanation: RelatedExplanation
}

type ${type}RelatedConnection {
  "Best first."
  nodes: [${type}!]!
  edges: [${type}RelatedEdge!]!
  "How many there are over all pages."
  total: Int!
  "Only while the index is being built: the list is partial until it is done."
  index: RelatedIndex
}
`;

function fieldsOf(names: TypeNames): string {
  if (!names.hasField) return '';
  const args = `(${listArguments(names)}
  "Leaves out what an earlier entry's list in this answer has."
  distinct: Boolean
)`;
  return `
extend type ${names.type} {
  "Related entries, best first."
  related${args}: [${names.type}!]!
  "The same, with what is told of each."
  related_connection${args}: ${names.type}RelatedConnection!
}
`;
}

function queriesOf(names: TypeNames): string {
  const { query, type } = names;
  const locale = names.localized ? 'locale: I18NLocaleCode' : '';
  const status = names.hasStatus
    ? '"For one entry; DRAFT takes a token that reads everything." status: PublicationStatus'
    : '';
  const ofEntries = `(
  "One, or several for what is related to most of them; slugs do as well."
  documentIds: [ID!]!
  ${locale}
  ${status}
  ${listArguments(names)}
)`;
  const ofText = `(
  title: String
  text: String
  ${locale}
  ${listArguments(names)}
)`;
  return `
extend type Query {
  "What is related to one entry, or to several together, best first."
  ${query}${ofEntries}: [${type}!]!
  "The same, with what is told of each."
  ${query}_connection${ofEntries}: ${type}RelatedConnection!
  "What is related to a text, best first."
  ${query}ToText${ofText}: [${type}!]!
  "The same, with what is told of each."
  ${query}ToText_connection${ofText}: ${type}RelatedConnection!
}
`;
}

/** Returns the schema's additions in GraphQL's schema language. */
export const schemaOf = (types: readonly TypeNames[]): string =>
  [SHARED, ...types.flatMap((names) => [typesOf(names), fieldsOf(names), queriesOf(names)])].join(
    '',
  );
