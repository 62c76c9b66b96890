import type { RelatedType } from '../../config/resolve';

/** The arguments of a list. */
export interface ListArguments {
  limit?: number | null;
  start?: number | null;
  minScore?: number | null;
  maxAge?: number | null;
  fallback?: string | null;
  exclude?: string[] | null;
  filters?: object | null;
  explain?: boolean | null;
  distinct?: boolean | null;
  locale?: string | null;
  status?: string | null;
  documentIds?: string[];
  title?: string | null;
  text?: string | null;
}

/** Converts GraphQL's filters into Strapi's own. */
export type ToFilters = (filters: object, type: RelatedType) => object;

/** Converts arguments into a REST query, whose parser checks them and names mistakes. */
export function queryOf(args: ListArguments, type: RelatedType, toFilters: ToFilters): object {
  const { limit, start, minScore, maxAge, fallback, exclude, filters, explain, locale } = args;
  const pagination = {
    ...(isGiven(limit) && { limit: String(limit) }),
    ...(isGiven(start) && { start: String(start) }),
  };
  return {
    ...(Object.keys(pagination).length > 0 && { pagination }),
    // As a plain number: REST takes no exponents.
    ...(isGiven(minScore) && { minScore: decimal(minScore) }),
    ...(isGiven(maxAge) && { maxAge: String(maxAge) }),
    ...(isGiven(fallback) && { fallback }),
    ...(isGiven(exclude) && { exclude }),
    ...(isGiven(filters) && { filters: asInRest(toFilters(filters, type)) }),
    ...(isGiven(explain) && { explain: String(explain) }),
    ...(isGiven(locale) && { locale }),
  };
}

/** Dates and big integers as text: that is how REST has them, and JSON knows no others. */
export function asInRest(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString(); // prettier-ignore
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(asInRest);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asInRest(inner)]));
}

const decimal = (value: number): string =>
  typeof value !== 'number' || !Number.isFinite(value)
    ? String(value)
    : value.toFixed(12).replace(/\.0+$|(?<=\.\d+)0+$/, '');

export const isGiven = <T>(value: T | null | undefined): value is T =>
  value !== undefined && value !== null;
