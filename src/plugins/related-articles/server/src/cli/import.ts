import type { Core, Modules, UID } from '@strapi/strapi';

import { didYouMean } from '../config/nearest';
import type { RelatedType } from '../config/resolve';
import { appOf } from '../app';
import { importedSchema, type ArticleLine } from './articles-file';
import { bootStrapi, endStrapi } from './boot';
import { CliError, printable } from './errors';
import { countLines, readLines } from './json-lines';
import { createProgress } from './progress';
import { comparable, differs, hasDrafts, unpublishedChanges } from './unpublished-changes';

export interface ImportOptions {
  file: string;
  type?: string;
  locale?: string;
  publish?: boolean;
  /** Also where an editor has changed what is not published yet. */
  overwrite?: boolean;
}

const LOCKED = /database is locked|SQLITE_BUSY/;
const MAX_TRIES = 20;
const RETRY_MS = 100;

type Outcome = 'created' | 'updated' | 'unchanged';

/**
 * Brings the articles of a file into the project, by slug and locale: what is there already and differs is
 * updated. What a line does not name stays as it is; `null` empties it. One article is one transaction, so an interrupted import is simply run again.
 */
export async function importFile(options: ImportOptions): Promise<void> {
  const total = await countLines(options.file);
  const strapi = await bootStrapi();
  const counts = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  const interruption = onInterrupt();
  const progress = createProgress('Importing', total);
  const lineOf = new Map<string, number>();
  try {
    const app = appOf(strapi);
    // This process serves nobody: nothing is to be gained from an index here.
    await app.index.stop();
    const type = typeOf(app.types, options.type);
    if (type.slug === null) {
      throw new CliError(
        `${type.uid} has no slug configured: nothing would tell an article that is there from a new one, and each import would double them. Configure "slug" first.`,
      );
    }
    const importer = new Importer(strapi, type, options);
    await importer.checkLocale();
    for await (const line of readLines(options.file, importedSchema)) {
      if (interruption.requested) break;
      try {
        if ('reason' in line) throw new Error(line.reason);
        const key = `${options.locale ?? line.value.locale ?? ''} ${line.value.slug}`;
        const first = lineOf.get(key);
        if (first !== undefined) {
          throw new Error(`slug "${line.value.slug}" already stands in line ${first}`);
        }
        lineOf.set(key, line.number);
        counts[await unlessLocked(() => importer.put(line.value))] += 1;
      } catch (error) {
        counts.failed += 1;
        process.stderr.write(`line ${line.number}: ${printable(reasonOf(error))}\n`);
      }
      progress.step();
    }
  } finally {
    progress.stop();
    await endStrapi(strapi);
  }
  const { created, updated, unchanged, failed } = counts;
  process.stdout.write(
    `${created} created, ${updated} updated, ${unchanged} unchanged, ${failed} failed\n`,
  );
  if (interruption.requested) throw new CliError('Interrupted. Run it again to go on.');
  if (failed > 0)
    throw new CliError(`${failed} of ${total} lines could not be imported, see above.`);
}

/** Again where SQLite refuses a transaction because a running Strapi writes: it gives up at once rather than wait. */
async function unlessLocked<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (tries === MAX_TRIES || !LOCKED.test((error as Error).message)) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

class Importer {
  /** Names of categories and tags that are known to exist: `uid locale name` -> documentId. */
  private readonly known = new Map<string, string>();

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
    private readonly options: ImportOptions,
  ) {}

  /** @throws CliError when the `--locale` asked for does not exist. */
  async checkLocale(): Promise<void> {
    const { locale } = this.options;
    if (locale === undefined || !this.type.localized) return;
    const reason = await this.missingLocale(locale);
    if (reason) throw new CliError(`--locale: ${reason}`);
  }

  async put(line: ArticleLine): Promise<Outcome> {
    const { type } = this;
    const locale = await this.localeOf(line);
    return this.strapi.db.transaction(async () => {
      const data = await this.dataOf(line, locale);
      const existing = await this.find(line.slug, locale);
      const scope = {
        ...(locale !== undefined && { locale }),
        ...(this.options.publish && type.draftAndPublish && { status: 'published' as const }),
      };
      if (!existing) {
        await this.documents.create({ data, ...scope } as never);
        return 'created';
      }
      const published = await this.published(existing, locale);
      const isPublished = published !== null && !differs(published, data);
      const isDone = isPublished || !this.options.publish || !type.draftAndPublish;
      if (!differs(existing, data) && isDone) return 'unchanged';
      if (published && !this.options.overwrite) await this.checkUnpublished(existing.documentId, data, locale); // prettier-ignore
      await this.documents.update({ documentId: existing.documentId, data, ...scope } as never);
      return 'updated';
    });
  }

  private get documents() {
    return this.strapi.documents(this.type.uid as UID.ContentType);
  }

  private async localeOf(line: ArticleLine): Promise<string | undefined> {
    if (!this.type.localized) return undefined;
    const locale = this.options.locale ?? line.locale ?? undefined;
    if (locale === undefined) {
      return this.strapi.plugin('i18n').service('locales').getDefaultLocale();
    }
    const reason = await this.missingLocale(locale);
    if (reason) throw new Error(`locale: ${reason}`);
    return locale;
  }

  private async missingLocale(locale: string): Promise<string | null> {
    if (this.known.has(`locale ${locale}`)) return null;
    const locales: { code: string }[] = await this.strapi.plugin('i18n').service('locales').find();
    const codes = locales.map(({ code }) => code);
    if (!codes.includes(locale)) {
      return `the project has no locale "${locale}".${didYouMean(locale, codes)} Add it under Settings, Internationalization.`;
    }
    this.known.set(`locale ${locale}`, locale);
    return null;
  }

  private async dataOf(
    line: ArticleLine,
    locale: string | undefined,
  ): Promise<Record<string, unknown>> {
    const { type } = this;
    const lost = this.fieldsBeyond(line);
    if (lost.length > 0) {
      throw new Error(
        `${lost.join(', ')}: ${type.uid} has no configured attribute of that name, and it would be lost`,
      );
    }
    const data: Record<string, unknown> = { [type.title]: line.title };
    if (type.slug) data[type.slug] = line.slug;
    if (type.date && line.publishedAt) data[type.date] = new Date(line.publishedAt).toISOString();
    for (const { attribute } of type.text) {
      if (attribute !== 'excerpt' && attribute !== 'body') continue;
      if (line[attribute] !== undefined) data[attribute] = line[attribute];
    }
    for (const relation of type.relations) {
      if (relation.attribute === 'category' && line.category !== undefined) {
        data.category = line.category && (await this.entry(relation, line.category, locale));
      } else if (relation.attribute === 'tags' && line.tags !== undefined) {
        data.tags = [];
        for (const tag of new Set(line.tags ?? [])) {
          (data.tags as string[]).push(await this.entry(relation, tag, locale));
        }
      }
    }
    return data;
  }

  /** What a line says that the type has no place for. */
  private fieldsBeyond(line: ArticleLine): string[] {
    const { text, relations, date } = this.type;
    const known = new Set([...text, ...relations].map(({ attribute }) => attribute));
    const said = (['excerpt', 'body', 'category', 'tags'] as const).filter((name) => {
      const value = line[name];
      return value !== null && value !== undefined && value.length > 0 && !known.has(name);
    });
    return [...said, ...(line.publishedAt && date === null ? ['publishedAt'] : [])];
  }

  /** The documentId of a category or tag of this very name, made if there is none. */
  private async entry(
    { attribute, targets: [{ uid: target, label }] }: RelatedType['relations'][number],
    name: string,
    locale: string | undefined,
  ): Promise<string> {
    if (label === null) throw new CliError(`"${attribute}" has no attribute to hold a name.`);
    const key = `${target} ${locale ?? ''} ${name}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const documents = this.strapi.documents(target as UID.ContentType);
    const scope = locale !== undefined ? { locale } : {};
    const found = await documents.findMany({ ...scope, filters: { [label]: name } } as never);
    // Some databases compare without case; "Go" and "GO" are two tags here.
    const same = found.find((entry) => (entry as Record<string, unknown>)[label] === name);
    const isPublished = this.options.publish && hasDrafts(this.strapi, target);
    const status = isPublished ? { status: 'published' } : {};
    if (same && isPublished) {
      const { documentId } = same;
      const published = await documents.findOne({ documentId, ...scope, ...status } as never);
      if (!published) {
        throw new Error(`${attribute}: "${name}" is there, but not published: the article would be published without it. Publish it first`); // prettier-ignore
      }
    }
    const { documentId } =
      same ?? (await documents.create({ ...scope, ...status, data: { [label]: name } } as never));
    await this.strapi.db.transaction(async ({ onCommit }) => {
      onCommit(() => this.known.set(key, documentId));
    });
    return documentId;
  }

  private async find(
    slug: string,
    locale: string | undefined,
  ): Promise<Modules.Documents.AnyDocument | null> {
    if (!this.type.slug) return null;
    return this.documents.findFirst({
      ...(locale !== undefined && { locale }),
      filters: { [this.type.slug]: { $eq: slug } },
      populate: this.relationIds(),
    } as never);
  }

  private relationIds(): Record<string, { fields: string[] }> {
    return Object.fromEntries(
      this.type.relations.map(({ attribute }) => [attribute, { fields: ['documentId'] }]),
    );
  }

  private async published(
    { documentId }: Modules.Documents.AnyDocument,
    locale: string | undefined,
  ): Promise<Modules.Documents.AnyDocument | null> {
    if (!this.type.draftAndPublish) return null;
    return this.documents.findOne({
      documentId,
      ...(locale !== undefined && { locale }),
      status: 'published',
      populate: this.relationIds(),
    } as never);
  }

  /** @throws Error where an editor's unpublished changes would be overwritten, or published. */
  private async checkUnpublished(
    documentId: string,
    data: Record<string, unknown>,
    locale: string | undefined,
  ): Promise<void> {
    const changed = await unpublishedChanges(this.strapi, this.type.uid, { documentId, locale });
    const endangered = changed
      .filter(({ attribute, draft }) =>
        attribute in data
          ? comparable(draft) !== comparable(data[attribute])
          : this.options.publish,
      )
      .map(({ attribute }) => attribute);
    if (endangered.length === 0) return;
    throw new Error(
      `it has changes that are not published (${endangered.join(', ')}). Publish or discard them, or import with --overwrite`,
    );
  }
}

/** @throws CliError when no type of that uid is configured. */
export function typeOf(
  types: ReadonlyMap<string, RelatedType>,
  uid: string | undefined,
  option = '--type',
): RelatedType {
  const known = [...types.keys()];
  if (known.length === 0) {
    throw new CliError(
      'No content type is configured for the related-articles plugin in config/plugins.',
    );
  }
  const type = types.get(uid ?? known[0]);
  if (!type)
    throw new CliError(`${option}: "${uid}" is not configured.${didYouMean(uid ?? '', known)}`);
  return type;
}

function reasonOf(error: unknown): string {
  const { message, details } = error as Error & { details?: { errors?: { path?: string[] }[] } };
  const path = details?.errors?.[0]?.path?.join('.');
  return path && !message.startsWith(path) ? `${path}: ${message}` : message;
}

/** The first Ctrl-C ends the import after the article at hand, a second one at once. */
function onInterrupt(): { requested: boolean } {
  const state = { requested: false };
  process.once('SIGINT', () => {
    state.requested = true;
    process.stderr.write('\nStopping after this article. Press Ctrl-C again to stop at once.\n');
    process.once('SIGINT', () => process.exit(1));
  });
  return state;
}
