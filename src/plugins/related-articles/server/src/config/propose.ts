import { isLocalized, type AttributeSchema, type Schema, type Schemas } from './attributes';
import type { LooseTextOption } from './options';

/** One guess: an option's value and why. */
export interface Guess {
  option: string;
  value: unknown;
  reason: string;
}

export interface Proposal {
  /** The types worth relating. */
  types: { uid: string; pluralName: string; guesses: Guess[] }[];
  /** Everything that was looked at and left out. */
  left: { what: string; reason: string }[];
}

const TITLES = ['title', 'name', 'headline', 'heading', 'label'];
const SUMMARY = /excerpt|summary|abstract|teaser|intro|lead|subtitle|description|standfirst|dek/i;
/** Short texts that are no prose. */
const TECHNICAL =
  /url|link|href|path|slug|colou?r|icon|class|code|token|hash|e?mail|phone|zip|locale|video|embed/i;
const FOR_SEARCH_ENGINES = /^(seo|meta|open_?graph|og)/i;
const LONG_KINDS = ['text', 'richtext', 'blocks', 'dynamiczone', 'component'];
const TEXT_KINDS = ['string', ...LONG_KINDS];
const DATES = /publi|date|posted|written|aired|released/i;
const STRAPIS_DATES = ['createdAt', 'updatedAt', 'publishedAt'];
const STRAPIS_OWN = [...STRAPIS_DATES, 'locale', 'localizations', 'createdBy', 'updatedBy'];

/**
 * A configuration for the project's own collection types, guessed from their schemas.
 *
 * @param mainFields What the admin panel shows as an entry's title, by uid.
 */
export function propose(schemas: Schemas, mainFields: Readonly<Record<string, string>>): Proposal {
  const proposal: Proposal = { types: [], left: [] };
  const own = Object.entries(schemas).filter(
    (entry): entry is [string, Schema] => entry[0].startsWith('api::') && entry[1] !== undefined,
  );
  const candidates: [string, Schema, string][] = [];
  for (const [uid, schema] of own) {
    const title = titleOf(schema, mainFields[uid]);
    if (schema.kind === 'singleType') {
      proposal.left.push({ what: uid, reason: 'a single type: it has one document only' });
    } else if (!title) {
      proposal.left.push({ what: uid, reason: 'no attribute of kind string to serve as title' });
    } else if (!Object.values(schema.attributes).some(isLongText)) {
      proposal.left.push({ what: uid, reason: 'no text beside its title to compare' });
    } else {
      candidates.push([uid, schema, title]);
    }
  }
  const grouping = new Map<string, string>();
  for (const [uid, schema] of candidates) {
    for (const { target } of Object.values(schema.attributes)) {
      if (target && target !== uid) grouping.set(target, uid);
    }
  }
  for (const [uid, schema, title] of candidates) {
    const grouped = grouping.get(uid);
    // Where each leads to the other, the one with more text is what people read.
    if (grouped && weightOfText(schema) < weightOfText(schemas[grouped] as Schema)) {
      proposal.left.push({
        what: uid,
        reason: `it groups ${grouped}; add it if readers browse it too`,
      });
    } else {
      proposal.types.push({
        uid,
        pluralName: schema.info.pluralName as string,
        guesses: guessesFor(uid, schema, title, proposal),
      });
    }
  }
  return proposal;
}

function titleOf({ attributes }: Schema, mainField: string | undefined): string | undefined {
  const fits = (name: string | undefined): name is string =>
    name !== undefined && attributes[name]?.type === 'string' && !attributes[name].private;
  if (fits(mainField)) return mainField;
  return TITLES.find(fits) ?? Object.keys(attributes).find(fits);
}

const isLongText = ({ type, private: hidden }: AttributeSchema): boolean =>
  LONG_KINDS.includes(type) && !hidden;

function weightOfText({ attributes }: Schema): number {
  return Object.values(attributes).reduce(
    (sum, attribute) => sum + (isLongText(attribute) ? (attribute.type === 'text' ? 1 : 2) : 0),
    0,
  );
}

function guessesFor(uid: string, schema: Schema, title: string, { left }: Proposal): Guess[] {
  const guesses: Guess[] = [
    { option: 'title', value: title, reason: 'what the admin panel shows as the entry’s title' },
  ];
  const slug = Object.keys(schema.attributes).find(
    (name) => schema.attributes[name].type === 'uid' && !schema.attributes[name].private,
  );
  if (slug) guesses.push({ option: 'slug', value: slug, reason: 'the attribute of kind uid' });
  for (const [name, attribute] of Object.entries(schema.attributes)) {
    if (name === title || STRAPIS_OWN.includes(name)) continue;
    const leaveOut = (reason: string) => left.push({ what: `${uid} ${name}`, reason });
    if (TEXT_KINDS.includes(attribute.type)) {
      if (attribute.private) leaveOut('private');
      else if (FOR_SEARCH_ENGINES.test(name)) leaveOut('repeats the text for search engines');
      else if (attribute.type === 'string' && TECHNICAL.test(name))
        leaveOut('no prose, by its name');
      else guesses.push({ option: `text.${name}`, ...textGuess(name, attribute) });
    } else if (attribute.type === 'relation') {
      const reason = whyNoGroup(uid, attribute);
      if (reason) {
        leaveOut(reason);
        continue;
      }
      const many = /Many$/i.test(attribute.relation ?? '');
      guesses.push({
        option: `relations.${name}`,
        value: many ? 2 : 1,
        reason: many
          ? `many of ${attribute.target}: several shared ones say more than one`
          : `one of ${attribute.target}`,
      });
    }
  }
  guesses.push(...dateGuess(uid, schema, left));
  if (slug) {
    const start = isLocalized(schema) ? '/:locale' : '';
    guesses.push({
      option: 'url',
      value: `${start}/${schema.info.pluralName}/:slug`,
      reason: 'a mere guess: put in the path under which your site shows it, for links to count',
    });
  }
  return guesses;
}

function textGuess(
  name: string,
  { type }: AttributeSchema,
): { value: LooseTextOption; reason: string } {
  if ((type === 'string' || type === 'text') && SUMMARY.test(name)) {
    return { value: 2, reason: `${type}, a summary by its name: each of its words says more` };
  }
  const kind = {
    dynamiczone: 'dynamic zone: every text in it',
    component: 'component: every text in it',
  };
  return { value: 1, reason: kind[type as keyof typeof kind] ?? type };
}

function whyNoGroup(uid: string, attribute: AttributeSchema): string | null {
  if (attribute.private) return 'private';
  if (attribute.target === uid)
    return 'leads to its own type; links in the text are what counts there';
  if (attribute.target === undefined) return 'leads to several types';
  if (!attribute.target.startsWith('api::'))
    return `leads to ${attribute.target}, which is no content of yours`;
  if (attribute.relation === 'oneToOne' || attribute.relation === 'oneToMany') {
    return `an entry of ${attribute.target} belongs to one document only, so that no two share it`;
  }
  return null;
}

function dateGuess(uid: string, { attributes }: Schema, left: Proposal['left']): Guess[] {
  const dates = Object.keys(attributes).filter(
    (name) =>
      ['date', 'datetime', 'timestamp'].includes(attributes[name].type) &&
      !attributes[name].private &&
      !STRAPIS_DATES.includes(name),
  );
  const date =
    dates.find((name) => DATES.test(name)) ?? (dates.length === 1 ? dates[0] : undefined);
  if (date) {
    return [
      {
        option: 'date',
        value: date,
        reason: 'its own date; Strapi’s publishedAt changes with every publish',
      },
    ];
  }
  left.push({
    what: `${uid} date`,
    reason: 'no date of its own by its name, so the date signal is silent',
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
