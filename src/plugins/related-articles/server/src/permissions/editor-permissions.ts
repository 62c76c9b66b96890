import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { CURATE } from '../constants';
import type { RelatedType } from '../config/resolve';
import type { TextSource } from '../config/text-sources';
import type { Entity } from '../content/entity';
import { NarrowedReads, type EntryQuery } from './narrowed-reads';

const READ = 'plugin::content-manager.explorer.read';

interface Ability {
  can(action: string, subject?: unknown): boolean;
  rulesFor(action: string, subject: string): Rule[];
}
interface Rule {
  inverted: boolean;
  conditions?: Record<string, unknown>;
  fields?: string[];
  matchesConditions(entity: object): boolean;
}

type Filters = Record<string, unknown>;
type Query = (query: object) => Promise<{ filters?: Filters }>;

/** The content manager's own checks for one content type. */
interface PermissionChecker {
  can: Record<'read' | 'create' | 'update', (entity?: unknown, attribute?: string) => boolean>;
  sanitizedQuery: Record<'read' | 'update', Query>;
  sanitizeCreateInput(values: object): Promise<Record<string, unknown>>;
  sanitizeUpdateInput(entity: object): (values: object) => Promise<Record<string, unknown>>;
}

/** Builds what must be populated in an entry to check a query's filters on it. */
interface PopulateBuilder {
  populateFromQuery(query: object): { build(): Promise<object | undefined> };
}

/** What an administrator may read and change by the content manager's rules: entry by entry, field by field. */
export class EditorPermissions {
  private readonly checkers = new Map<string, PermissionChecker>();
  private readonly narrowed: NarrowedReads;
  private codes: Promise<string[]> | null = null;

  /** Identifies the editor, for caches of what they may read. */
  readonly editorId: string;

  /** @param of.trustsMiddlewares The option `cache.middlewaresOnlyWrite`. */
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly ability: Ability,
    of: { editorId: string; trustsMiddlewares: boolean },
  ) {
    this.editorId = of.editorId;
    this.narrowed = new NarrowedReads(strapi, of.trustsMiddlewares);
  }

  mayRead(uid: string, entity?: object): boolean {
    return this.checkerOf(uid).can.read(entity);
  }

  /** Whether they may change an entry, or one attribute of it. `null` stands for a new one. */
  mayWrite(uid: string, entity: object | null, attribute?: string): boolean {
    const { can } = this.checkerOf(uid);
    return entity ? can.update(entity, attribute) : can.create(undefined, attribute);
  }

  mayCurate(uid: string, entity: object | null): boolean {
    return this.ability.can(CURATE.action) && entity !== null && this.mayWrite(uid, entity);
  }

  /** Returns filters for the entries that they may read. */
  async filters(uid: string): Promise<Filters> {
    if (!this.mayRead(uid)) return { documentId: { $in: [] } };
    return (await this.checkerOf(uid).sanitizedQuery.read({})).filters ?? {};
  }

  /**
   * Whether they may read every entry of a type, though maybe not each field of it.
   *
   * @param locales The locales to check; `null` stands for a type without locales.
   */
  async readsAllEntries(uid: string, ...locales: (string | null)[]): Promise<boolean> {
    const rules = this.readRules(uid);
    for (const locale of locales) {
      const isAllowed = rules.some(
        (rule) =>
          isUnconditional(rule) ||
          (isOnly('locale', rule.conditions) && rule.matchesConditions({ locale })),
      );
      if (!isAllowed || (await this.narrowed.leavesOutAny(uid, locale))) return false;
    }
    return true;
  }

  /**
   * Whether project code gives them an entry, in one locale or `'*'` for any. Does not check permissions.
   *
   * @param status Default: the draft, if the type has drafts.
   */
  gets(
    uid: string,
    documentId: string,
    locale: string | null,
    status?: 'published',
  ): Promise<boolean> {
    return this.narrowed.gives(uid, documentId, locale, status);
  }

  /** Finds entries through the document service, project code included. Does not check permissions. */
  findMany(uid: string, query: EntryQuery): Promise<Entity[]> {
    return this.narrowed.findMany(uid, query);
  }

  /** Does the same for one entry, as the content manager opens it. */
  findOne(uid: string, documentId: string, query: EntryQuery): Promise<Entity | null> {
    return this.narrowed.findOne(uid, documentId, query);
  }

  /** Whether project code may hide entries from them, or parts of entries. */
  mayBeNarrowed(uid: string): boolean {
    return this.narrowed.mayNarrow(uid);
  }

  /** All locales of the site. */
  locales(): Promise<string[]> {
    this.codes ??= this.findLocales();
    return this.codes;
  }

  private async findLocales(): Promise<string[]> {
    const locales = this.strapi.plugin('i18n').service('locales');
    return ((await locales.find()) as { code: string }[]).map(({ code }) => code);
  }

  /** Returns the populate, for database queries, that `mayRead` and `mayWrite` need to decide about an entry. */
  async populate(uid: string): Promise<object> {
    const { read, update } = this.checkerOf(uid).sanitizedQuery;
    const filters = [(await read({})).filters, (await update({})).filters];
    const builderFor = this.strapi
      .plugin('content-manager')
      .service('populate-builder') as unknown as (uid: string) => PopulateBuilder;
    const needed = await builderFor(uid)
      .populateFromQuery({ filters: { $and: filters.filter(Boolean) } })
      .build();
    return { createdBy: { populate: ['roles'] }, ...needed };
  }

  /**
   * Returns those of the values that they may write into the entry, `null` for a new one.
   *
   * @throws ValidationError if the values do not fit the content type.
   */
  async writable(
    uid: string,
    entity: object | null,
    values: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    if (!this.mayWrite(uid, entity)) return {};
    const checker = this.checkerOf(uid);
    try {
      return await (entity
        ? checker.sanitizeUpdateInput(entity)(values)
        : checker.sanitizeCreateInput(values));
    } catch (error) {
      // Strapi's sanitisers throw a TypeError on values of an unexpected shape.
      if (!(error instanceof TypeError)) throw error;
      throw new errors.ValidationError(
        'values: expected values that fit the attributes of the content type',
      );
    }
  }

  /** Whether they may read an attribute of every entry of a type that they may read at all. */
  mayReadAttribute(uid: string, path: string): boolean {
    const rules = this.readRules(uid);
    const grants = ({ fields }: Rule) => !fields || fields.includes(path);
    return rules.filter(isUnconditional).some(grants) || (rules.length > 0 && rules.every(grants));
  }

  /** `mayReadAttribute` for attributes of a configured type, text in components included. */
  readable(type: RelatedType): (attribute: string) => boolean {
    const allows = (path: string) => this.mayReadAttribute(type.uid, path);
    const sources = new Map(type.text.map((source) => [source.attribute, source]));
    return (attribute) => {
      const source = sources.get(attribute);
      return allows(attribute) || (source !== undefined && leavesOf(source).every(allows));
    };
  }

  private readRules(uid: string): Rule[] {
    return this.ability.rulesFor(READ, uid).filter(({ inverted }) => !inverted);
  }

  private checkerOf(uid: string): PermissionChecker {
    const known = this.checkers.get(uid);
    if (known) return known;
    const checker = this.strapi
      .plugin('content-manager')
      .service('permission-checker')
      .create({ userAbility: this.ability, model: uid }) as PermissionChecker;
    this.checkers.set(uid, checker);
    return checker;
  }
}

const isUnconditional = ({ conditions }: Rule): boolean =>
  !conditions || Object.keys(conditions).length === 0;

/** Whether conditions test only one attribute: roles restrict locales that way. */
function isOnly(attribute: string, conditions: Record<string, unknown> = {}): boolean {
  return Object.entries(conditions).every(([name, value]) =>
    name === '$and' || name === '$or'
      ? (value as Record<string, unknown>[]).every((part) => isOnly(attribute, part))
      : name === attribute,
  );
}

/** Returns the paths by which permissions name everything that is read of an attribute. */
function leavesOf(source: TextSource): string[] {
  if (source.kind !== 'component') return [source.attribute];
  return source.sources.flatMap(leavesOf).map((path) => `${source.attribute}.${path}`);
}
