/** An entry without a more specific type. */
export type Entry = object;

type Scalar = string | number | boolean | bigint | Date;

/** A date may be given as a `Date`. */
type Value<V> = V | (V extends string ? Date : never);

/** Strapi's operators. See https://docs.strapi.io/cms/api/rest/filters. */
export interface Operators<V> {
  $eq?: Value<V>;
  $eqi?: Value<V>;
  $ne?: Value<V>;
  $nei?: Value<V>;
  $in?: readonly Value<V>[];
  $notIn?: readonly Value<V>[];
  $lt?: Value<V>;
  $lte?: Value<V>;
  $gt?: Value<V>;
  $gte?: Value<V>;
  $between?: readonly [Value<V>, Value<V>];
  $contains?: string;
  $containsi?: string;
  $notContains?: string;
  $notContainsi?: string;
  $startsWith?: string;
  $startsWithi?: string;
  $endsWith?: string;
  $endsWithi?: string;
  $null?: boolean;
  $notNull?: boolean;
  $not?: Value<V> | Operators<V>;
  $and?: readonly Operators<V>[];
  $or?: readonly Operators<V>[];
}

type Condition<V> = unknown extends V ? unknown : ConditionOn<NonNullable<V>>;
type ConditionOn<V> = [V] extends [Scalar]
  ? Value<V> | Operators<V>
  : V extends readonly (infer Item)[]
    ? Condition<Item>
    : // A relation can also be compared by its id.
      Filters<V & Entry> | number | Operators<number>;

/** What every entry has, whether or not the site's type says so. */
interface SystemFilters {
  id?: Condition<number>;
  documentId?: Condition<string>;
  createdAt?: Condition<string>;
  updatedAt?: Condition<string>;
  publishedAt?: Condition<string>;
  locale?: Condition<string>;
}

/** Strapi's filters, checked against the site's type. */
export type Filters<T extends Entry = Entry> = keyof T extends never
  ? object
  : string extends keyof T
    ? Record<string, unknown>
    : { [Name in keyof T & string]?: Condition<T[Name]> } & Omit<SystemFilters, keyof T> & {
          $and?: readonly Filters<T>[];
          $or?: readonly Filters<T>[];
          $not?: Filters<T>;
        };

/** What a relation, media, component or dynamic zone holds. */
type Held<V> = unknown extends V ? Entry : HeldBy<NonNullable<V>>;
type HeldBy<V> = V extends Scalar
  ? never
  : V extends readonly (infer Item)[]
    ? HeldBy<NonNullable<Item>>
    : V & Entry;

type Holding<T> = {
  [Name in keyof T & string]: [Held<T[Name]>] extends [never] ? never : Name;
}[keyof T & string];

type Path<T> = Holding<T> | `${Holding<T>}.${string}`;

/** What to return of a populated entry. */
export interface Nested<T extends Entry = Entry> {
  fields?: readonly (keyof T & string)[] | '*';
  populate?: Populate<T>;
  filters?: Filters<T>;
  sort?: string | readonly string[] | object;
  count?: boolean;
  /** For a dynamic zone: a query for each component. */
  on?: Record<string, true | '*' | Nested>;
}

/** Strapi's populate, checked against the site's type: a name, several names, `*`, or a query for each. */
export type Populate<T extends Entry = Entry> = keyof T extends never
  ? string | readonly string[] | object
  : string extends keyof T
    ? string | readonly string[] | object
    : | '*'
      | Path<T>
      | readonly Path<T>[]
      | { [Name in Holding<T>]?: boolean | '*' | Nested<Held<T[Name]>> };
