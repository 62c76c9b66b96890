import {
  isLocalized,
  STRAPIS_OWN,
  type AttributeSchema,
  type Schema,
  type Schemas,
} from './attributes';
import type { LooseTextOption } from './options';
import { isExclusive } from './relation-sources';
import { holdsText } from './text-sources';

/** One guess: an option's value and why. */
export interface Guess {
  option: string;
  value: unknown;
  reason: string;
}

export interface Proposal {
  /** The types worth relating. */
  types: { uid: string; pluralName: string; guesses: Guess[] }[];
  /** Everything that was considered and left out. */
  left: { what: string; reason: string }[];
}

const TITLES = ['title', 'name', 'headline', 'heading', 'label', 'question'];
const DATE_KINDS = ['date', 'datetime', 'timestamp'];

// Guesses are based on the words in an attribute's name: `shortDescription` has `short` and `description`.
const words = (list: string) => new Set(list.split(' '));
const SUMMARY = words(
  'excerpt summary abstract teaser intro introduction lead lede subtitle subheading subheadline description standfirst dek tagline',
);
/** Short texts that are not prose. */
const TECHNICAL = words(
  'url link href path slug color colour icon class code token hash email mail phone zip video embed sku currency isbn status id key timezone type locale lang language price layout template variant theme version uuid',
);
const FOR_SEARCH_ENGINES = words('seo meta metadata og opengraph canonical');
const WRITTEN = words(
  'published publication publish date posted written authored aired released release issued',
);
const OTHER_DATES = words(
  'expiry expires expiration expired valid until end ends start due birth birthdate birthday updated modified deadline archived deleted',
);

function nameHas(name: string, list: ReadonlySet<string>): boolean {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return parts.some((part) => list.has(part));
}

/**
 * Guesses a configuration for the project's own collection types from their schemas.
 *
 * @param mainFields What the admin panel shows as an entry's title, by uid.
 */
export function propose(schemas: Schemas, mainFields: Readonly<Record<string, string>>): Proposal {
  const proposal: Proposal = { types: [], left: [] };
  const candidates = new Map<string, { schema: Schema; title: string }>();
  for (const [uid, schema] of Object.entries(schemas)) {
    if (!uid.startsWith('api::') || !schema) continue;
    const title = titleOf(schema, mainFields[uid]);
    if (schema.kind === 'singleType') {
      proposal.left.push({ what: uid, reason: 'a single type: it has only one document' });
    } else if (!title) {
      proposal.left.push({
        what: uid,
        reason: 'no string or text attribute that could be the title',
      });
    } else if (proseIn(schema, title, schemas) === 0) {
      proposal.left.push({ what: uid, reason: 'no text besides its title to compare' });
    } else {
      candidates.set(uid, { schema, title });
    }
  }
  for (const [uid, { schema, title }] of candidates) {
    const prose = proseIn(schema, title, schemas);
    const grouped = [...candidates].find(
      ([other, found]) =>
        other !== uid &&
        groups(uid, found.schema) &&
        prose < proseIn(found.schema, found.title, schemas),
    );
    if (grouped) {
      proposal.left.push({
        what: uid,
        reason: `it groups ${grouped[0]}; add it if readers browse it too`,
      });
    } else {
      const guesses = guessesFor(uid, schema, title, schemas, proposal);
      proposal.types.push({ uid, pluralName: schema.info.pluralName as string, guesses });
    }
  }
  return proposal;
}

function titleOf({ attributes }: Schema, mainField: string | undefined): string | undefined {
  const fits = (kinds: string[]) => (name: string | undefined) =>
    name !== undefined &&
    kinds.includes(attributes[name]?.type) &&
    !attributes[name].private &&
    !STRAPIS_OWN.includes(name);
  if (fits(['string', 'text'])(mainField)) return mainField;
  const names = Object.keys(attributes);
  return (
    TITLES.find(fits(['string', 'text'])) ??
    names.find(fits(['string'])) ??
    names.find(fits(['text']))
  );
}

/** How much there is to read: long kinds count twice. */
function proseIn({ attributes }: Schema, title: string, schemas: Schemas): number {
  return Object.entries(attributes).reduce((sum, [name, attribute]) => {
    if (name === title || nameHas(name, FOR_SEARCH_ENGINES) || attribute.type === 'string')
      return sum;
    if (!holdsText(attribute, schemas)) return sum;
    return sum + (attribute.type === 'text' ? 1 : 2);
  }, 0);
}

/** Whether entries of that type group documents of this schema. */
function groups(uid: string, { attributes }: Schema): boolean {
  return Object.values(attributes).some(
    ({ target, relation }) =>
      target === uid && (relation === 'manyToOne' || relation === 'manyToMany'),
  );
}

function guessesFor(
  uid: string,
  schema: Schema,
  title: string,
  schemas: Schemas,
  { left }: Proposal,
): Guess[] {
  const { attributes } = schema;
  const guesses: Guess[] = [
    { option: 'title', value: title, reason: 'the name people know an entry by' },
  ];
  const slug = Object.keys(attributes).find(
    (name) => attributes[name].type === 'uid' && !attributes[name].private,
  );
  if (slug) guesses.push({ option: 'slug', value: slug, reason: 'the attribute of kind uid' });
  for (const [name, attribute] of Object.entries(attributes)) {
    if (name === title || STRAPIS_OWN.includes(name)) continue;
    const leaveOut = (reason: string) => left.push({ what: `${uid} ${name}`, reason });
    if (attribute.type === 'relation') {
      const reason = whyNoGroup(uid, attribute);
      if (reason) leaveOut(reason);
      else guesses.push({ option: `relations.${name}`, ...relationGuess(attribute) });
    } else if (holdsText({ ...attribute, private: false }, schemas)) {
      if (attribute.private) leaveOut('private');
      else if (nameHas(name, FOR_SEARCH_ENGINES)) leaveOut('repeats the text for search engines');
      else if (attribute.type === 'string' && nameHas(name, TECHNICAL)) {
        leaveOut('not prose, judging by its name');
      } else guesses.push({ option: `text.${name}`, ...textGuess(name, attribute) });
    }
  }
  guesses.push(...dateGuess(uid, schema, left));
  if (slug) {
    const start = isLocalized(schema) ? '/:locale' : '';
    guesses.push({
      option: 'url',
      value: `${start}/${schema.info.pluralName}/:slug`,
      reason:
        'only a guess: put in the path under which your site shows the entry, so that links count',
    });
  }
  return guesses;
}

function textGuess(
  name: string,
  { type }: AttributeSchema,
): { value: LooseTextOption; reason: string } {
  if ((type === 'string' || type === 'text') && nameHas(name, SUMMARY)) {
    return {
      value: 2,
      reason: `${type}, a summary, judging by its name: each of its words says more`,
    };
  }
  if (type === 'dynamiczone') return { value: 1, reason: 'dynamic zone: every text in it' };
  return { value: 1, reason: type === 'component' ? 'component: every text in it' : type };
}

function relationGuess({ relation, target }: AttributeSchema): { value: number; reason: string } {
  return relation === 'manyToMany' || relation === 'oneToMany'
    ? { value: 2, reason: `many of ${target}: several shared ones say more than one` }
    : { value: 1, reason: `one of ${target}` };
}

function whyNoGroup(uid: string, attribute: AttributeSchema): string | null {
  const { target } = attribute;
  if (attribute.private) return 'private';
  if (target === uid) return 'leads to its own type; links in the text are what counts there';
  if (target === undefined) return 'leads to several types';
  if (!target.startsWith('api::')) return `leads to ${target}, which is not your own content`;
  if (isExclusive(attribute)) {
    return `an entry of ${target} belongs to only one document, so no two documents share it`;
  }
  return null;
}

function dateGuess(uid: string, { attributes }: Schema, left: Proposal['left']): Guess[] {
  const date = Object.keys(attributes).find(
    (name) =>
      DATE_KINDS.includes(attributes[name].type) &&
      !attributes[name].private &&
      !STRAPIS_OWN.includes(name) &&
      nameHas(name, WRITTEN) &&
      !nameHas(name, OTHER_DATES),
  );
  if (date) {
    const reason = 'its own date; Strapi’s publishedAt changes with every publish';
    return [{ option: 'date', value: date, reason }];
  }
  left.push({
    what: `${uid} date`,
    reason: 'no attribute named like a date of writing, so dates do not count',
  });
  return [];
}

/** The proposal as the value of the option `contentTypes`. */
export function contentTypesOf({ types }: Proposal): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    types.map(({ uid, guesses }) => {
      const options: Record<string, unknown> = {};
      for (const { option, value } of guesses) {
        const [key, inner] = option.split('.');
        if (inner === undefined) options[key] = value;
        else options[key] = { ...(options[key] as object | undefined), [inner]: value };
      }
      return [uid, options];
    }),
  );
}
