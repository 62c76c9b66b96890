import { beginsWithDay } from '../config/calendar';
import type { Attribute } from './schema-path';

const TEXT = ['string', 'text', 'richtext', 'uid', 'email', 'enumeration', 'password'];
const EQUALITY = ['$eq', '$ne', '$in', '$notIn'];
const ORDER = ['$lt', '$lte', '$gt', '$gte', '$between'];
const ON_TEXT = [
  '$eqi', '$nei', '$contains', '$notContains', '$containsi', '$notContainsi', '$startsWith', '$startsWithi', '$endsWith', '$endsWithi', '$notStartsWith', '$notEndsWith',
]; // prettier-ignore
/** Whether an operator goes through a text to its end, and does not stop at the first difference. */
export const readsText = (operator: string): boolean => ON_TEXT.includes(operator);
/** Whether an operator looks for a part of a text. */
export const isSearch = (operator: string): boolean =>
  ON_TEXT.includes(operator) && !['$eqi', '$nei'].includes(operator);
export const isText = ({ type }: Attribute): boolean => TEXT.includes(type);

/** The most characters that may be searched for. */
const MAX_NEEDLE = 100;

const PRESENCE = ['$null', '$notNull'];

const INTEGER = /^-?\d{1,19}$/;
const DECIMAL = /^-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?$/;
const TRUTH = ['true', 'false', 't', 'f', '1', '0'];
const DAY = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?$/;
const MILLISECONDS = /^\d{1,15}$/;
/** The start of the year 9999: databases store no later dates. */
const LATEST = Date.UTC(9999, 0);

interface Kind {
  operators: readonly string[];
  /** What is expected, for messages. */
  expected: string;
  accepts(value: string): boolean;
}

const within = (bits: bigint) => (value: string) =>
  INTEGER.test(value) && BigInt.asIntN(Number(bits), BigInt(value)) === BigInt(value);

function isMoment(value: string): boolean {
  const time = Date.parse(value);
  return beginsWithDay(value) && Number.isFinite(time) && time > Date.UTC(1000, 0) && time < LATEST;
}

const NUMBERS = [...EQUALITY, ...ORDER];
const KINDS: Record<string, Kind> = {
  text: { operators: [...NUMBERS, ...ON_TEXT], expected: 'text', accepts: () => true },
  id: { operators: NUMBERS, expected: 'an id, such as 12', accepts: within(32n) },
  integer: { operators: NUMBERS, expected: 'an integer of 32 bits', accepts: within(32n) },
  biginteger: { operators: NUMBERS, expected: 'an integer of 64 bits', accepts: within(64n) },
  decimal: {
    operators: NUMBERS,
    expected: 'a number',
    accepts: (value) => DECIMAL.test(value) && Number.isFinite(Number(value)),
  },
  boolean: {
    operators: EQUALITY,
    expected: 'true or false',
    accepts: (value) => TRUTH.includes(value),
  },
  date: {
    operators: NUMBERS,
    expected: 'a date, such as 2026-03-01',
    accepts: (value) => DAY.test(value) && isMoment(value),
  },
  datetime: {
    operators: NUMBERS,
    expected: 'a date and time, such as 2026-03-01T12:00:00.000Z',
    accepts: (value) =>
      (DAY.test(value) && isMoment(value)) || (MILLISECONDS.test(value) && Number(value) < LATEST),
  },
  time: {
    operators: NUMBERS,
    expected: 'a time, such as 12:30:00',
    accepts: (value) => TIME.test(value),
  },
  none: { operators: [], expected: '$null or $notNull', accepts: () => false },
};

const KIND_OF: Record<string, keyof typeof KINDS> = {
  ...Object.fromEntries(TEXT.map((type) => [type, 'text'])),
  integer: 'integer',
  biginteger: 'biginteger',
  decimal: 'decimal',
  float: 'decimal',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
  timestamp: 'datetime',
  time: 'time',
};

/** How many values a list in a condition may have. */
export const MAX_VALUES = 500;

/** The rules for conditions on an attribute. */
export interface ValueRules {
  /**
   * Why an operator with this value is refused; `null` when it is not.
   *
   * @param operator Such as `$eq`.
   */
  problemOf(operator: string, value: unknown): string | null;
}

/** Returns the rules for an attribute. For an unknown one, those of text apply until Strapi refuses it. */
export function rulesFor(name: string, attribute: Attribute | undefined): ValueRules {
  if (name === 'id') return rulesOf(KINDS.id);
  if (!attribute) return rulesOf(KINDS.text);
  // Relations and files are compared by ids; there is no way to compare JSON that all databases know.
  const isRow = attribute.type === 'relation' || attribute.type === 'media';
  return rulesOf(KINDS[isRow ? 'id' : (KIND_OF[attribute.type] ?? 'none')]);
}

function rulesOf({ operators, expected, accepts }: Kind): ValueRules {
  const problemOfOne = (value: unknown): string | null => {
    if (value === null) return null;
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
    return isPlain && accepts(String(value)) ? null : `expected ${expected}`;
  };
  return {
    problemOf(operator, value) {
      if (PRESENCE.includes(operator)) {
        return TRUTH.includes(String(value)) ? null : 'expected true or false';
      }
      if (!operators.includes(operator)) {
        const known = [...operators, ...PRESENCE].join(', ');
        return `"${operator}" cannot be used here; expected one of ${known}`;
      }
      if (operator === '$between' && !(Array.isArray(value) && value.length === 2)) {
        return 'expected two values';
      }
      if (operator === '$notIn' && !Array.isArray(value)) {
        return 'expected a list, such as [$notIn][0]=…';
      }
      const values = [value].flat();
      if (values.length > MAX_VALUES) return `expected at most ${MAX_VALUES} values`;
      if (!['$in', '$notIn', '$between'].includes(operator) && values.length !== 1) {
        return `expected one value`;
      }
      if (isSearch(operator) && String(values[0]).length > MAX_NEEDLE) {
        return `expected at most ${MAX_NEEDLE} characters`;
      }
      return values.map(problemOfOne).find((problem) => problem !== null) ?? null;
    },
  };
}
