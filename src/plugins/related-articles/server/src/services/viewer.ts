import type { Core } from '@strapi/strapi';

import { CURATE } from '../constants';
import type { RelatedType } from '../config/resolve';
import type { TextSource } from '../config/text-sources';

const READ = 'plugin::content-manager.explorer.read';

interface Ability {
  can(action: string, subject?: unknown): boolean;
  rulesFor(action: string, subject: string): Rule[];
}
interface Rule {
  inverted: boolean;
  conditions?: object;
  fields?: string[];
}

/** The content manager's own checks for one content type. */
interface PermissionChecker {
  can: Record<'read' | 'create' | 'update', (entity?: unknown, attribute?: string) => boolean>;
  sanitizedQuery: { read(query: object): Promise<{ filters?: Record<string, unknown> }> };
  sanitizeCreateInput(values: object): Promise<Record<string, unknown>>;
  sanitizeUpdateInput(entity: object): (values: object) => Promise<Record<string, unknown>>;
}

/** An administrator as the content manager knows them: what they may read and change, entry by entry, field by field. */
export class Viewer {
  private readonly checkers = new Map<string, PermissionChecker>();

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly ability: Ability,
  ) {}

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

  /** Filters that leave what they may read. */
  async filters(uid: string): Promise<Record<string, unknown> | undefined> {
    return (await this.checkerOf(uid).sanitizedQuery.read({})).filters;
  }

  /** What of these values they may write into the entry, `null` for a new one. */
  async writable(
    uid: string,
    entity: object | null,
    values: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    if (!this.mayWrite(uid, entity)) return {};
    const checker = this.checkerOf(uid);
    return entity
      ? checker.sanitizeUpdateInput(entity)(values)
      : checker.sanitizeCreateInput(values);
  }

  /** The attributes that they may read of every entry that they may read at all. */
  readable(type: RelatedType): (attribute: string) => boolean {
    const rules = this.ability.rulesFor(READ, type.uid).filter(({ inverted }) => !inverted);
    const unconditional = rules.filter(
      ({ conditions }) => !conditions || Object.keys(conditions).length === 0,
    );
    const allows = (path: string) => {
      const grants = ({ fields }: Rule) => !fields || fields.includes(path);
      return unconditional.some(grants) || (rules.length > 0 && rules.every(grants));
    };
    const sources = new Map(type.text.map((source) => [source.attribute, source]));
    return (attribute) => {
      const source = sources.get(attribute);
      return allows(attribute) || (source !== undefined && leavesOf(source).every(allows));
    };
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

/** The paths by which permissions know what is read of an attribute. */
function leavesOf(source: TextSource): string[] {
  if (source.kind !== 'component') return [source.attribute];
  return source.sources.flatMap(leavesOf).map((path) => `${source.attribute}.${path}`);
}
