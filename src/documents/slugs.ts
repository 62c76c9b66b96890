import { randomUUID } from 'node:crypto';
import type { Core, Modules, UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { firstFree, slugOf } from './slug';
import { SlugReservations } from './slug-reservations';

/** Types with a `slug`, and the attribute it is made from. */
export const SLUG_SOURCES = {
  'api::article.article': 'title',
  'api::category.category': 'name',
  'api::tag.tag': 'name',
} as const satisfies Partial<Record<UID.ContentType, string>>;

type SluggedUid = keyof typeof SLUG_SOURCES;
type Middleware = Modules.Documents.Middleware.Middleware;
type Context = Parameters<Middleware>[0];
type Result = Awaited<ReturnType<Middleware>>;
type Next = () => Promise<Result>;

interface Row {
  id: number;
  documentId: string;
  slug: string | null;
  locale: string | null;
  [attribute: string]: unknown;
}

const isSlugged = (uid: string): uid is SluggedUid => uid in SLUG_SOURCES;

/**
 * Gives every article, category and tag a slug, whichever way it comes in: made from the title,
 * unique within its locale. A slug that is already used is refused when somebody asks for it by
 * name, and gets a suffix when it is made here. Once set it stays: a new title does not move an address.
 */
export function registerSlugs(strapi: Core.Strapi): void {
  const slugs = new SlugService(strapi);

  strapi.documents.use(async (context, next) => {
    if (!isSlugged(context.uid)) return next();
    switch (context.action) {
      case 'create':
      case 'update':
        return slugs.write(context, next as Next);
      case 'clone':
        return slugs.clone(context, next as Next);
      default:
        return next();
    }
  });

  // The button beside the field in the admin form asks this service.
  const uidService = strapi.plugin('content-manager').service('uid');
  const generate = uidService.generateUIDField.bind(uidService);
  uidService.generateUIDField = async (request: {
    contentTypeUID: string;
    field: string;
    data: Record<string, unknown>;
    locale?: string;
  }) => {
    const { contentTypeUID: uid, field, data, locale } = request;
    if (field !== 'slug' || !isSlugged(uid)) return generate(request);
    const title = data[SLUG_SOURCES[uid]];
    return slugs.propose(uid, typeof title === 'string' ? title : '', locale);
  };
}

class SlugService {
  private readonly reservations = new SlugReservations();
  private created = 0;

  constructor(private readonly strapi: Core.Strapi) {}

  /** A free slug for a title, for the editor to see; nothing is reserved. */
  async propose(uid: SluggedUid, title: string, locale?: string): Promise<string> {
    const language = await this.localeOf(locale);
    const base = slugOf(title, language, fallbackOf(uid));
    const taken = await this.takenLike(uid, base, language, null);
    return firstFree(base, (slug) => taken.has(slug));
  }

  async write(context: Context, next: Next): Promise<Result> {
    const uid = context.uid as SluggedUid;
    const params = context.params as {
      data?: Record<string, unknown>;
      documentId?: string;
      locale?: unknown;
    };
    const { documentId = null } = params;
    if (!params.data) return next();
    // A copy: what the caller gave may be used again, for another document.
    const data = { ...params.data };
    params.data = data;
    const locale = await this.localeOf(params.locale);

    if (!['string', 'undefined'].includes(typeof data.slug) && data.slug !== null) {
      throw new errors.ValidationError(
        `slug: expected a text, or none to have one made, got ${JSON.stringify(data.slug)}`,
      );
    }
    const asked = typeof data.slug === 'string' ? data.slug.trim() : '';
    let key: string | null = null;
    if (asked !== '') {
      data.slug = asked;
      key = await this.reserveAsked(uid, asked, locale, documentId);
    } else {
      const current = documentId ? await this.draft(uid, documentId, locale) : null;
      const clears = 'slug' in data;
      if (current?.slug && !clears) return next();
      const title = data[SLUG_SOURCES[uid]] ?? current?.[SLUG_SOURCES[uid]];
      if (typeof title !== 'string' || title.trim() === '') return next();
      key = await this.reserveFree(uid, title, locale, documentId);
      data.slug = slugIn(key);
    }
    return this.holding(key, next);
  }

  /**
   * All locales are cloned at once. Each first gets a slug that nobody has, as Strapi checks at once that
   * slugs are unique, and then one of its own: as asked for or from its title, with a suffix where taken.
   */
  async clone(context: Context, next: Next): Promise<Result> {
    const uid = context.uid as SluggedUid;
    const params = context.params as { data?: Record<string, unknown> };
    const asked = typeof params.data?.slug === 'string' ? params.data.slug.trim() : '';
    params.data = { ...params.data, slug: `clone-${randomUUID()}` };

    return this.strapi.db.transaction(async () => {
      const result = await next();
      const { documentId, entries } = result as unknown as { documentId: string; entries: Row[] };
      for (const entry of entries) {
        const title = entry[SLUG_SOURCES[uid]];
        const locale = entry.locale ?? undefined;
        const base = asked || (typeof title === 'string' ? title : '');
        const key = await this.reserveFree(uid, base, locale, documentId);
        await this.holding(key, async () => {
          entry.slug = slugIn(key);
          await this.strapi.db
            .query(uid)
            .update({ where: { id: entry.id }, data: { slug: entry.slug } });
        });
      }
      return result;
    });
  }

  /** Releases the reservation when the write is over: at the end of an outer transaction if there is one. */
  private async holding<T>(key: string, write: () => Promise<T>): Promise<T> {
    if (!this.strapi.db.inTransaction()) {
      try {
        return await write();
      } finally {
        this.reservations.release(key);
      }
    }
    return this.strapi.db.transaction(async ({ onCommit, onRollback }) => {
      onCommit(() => this.reservations.release(key));
      onRollback(() => this.reservations.release(key));
      return write();
    });
  }

  private async reserveAsked(
    uid: SluggedUid,
    slug: string,
    locale: string | undefined,
    documentId: string | null,
  ): Promise<string> {
    const key = await this.reservations.reserve(
      this.ownerOf(documentId),
      () => this.isTaken(uid, slug, locale, documentId),
      (taken, isReserved) => {
        const wanted = keyOf(uid, locale, slug);
        return taken || isReserved(wanted) ? null : wanted;
      },
    );
    if (key !== null) return key;
    throw new errors.ValidationError(
      `slug: "${slug}" is already used by another ${fallbackOf(uid)}${locale ? ` in locale "${locale}"` : ''}. Choose another, or leave it empty to have one made.`,
      {
        errors: [{ path: ['slug'], message: 'This slug is already used', name: 'ValidationError' }],
      },
    );
  }

  private async reserveFree(
    uid: SluggedUid,
    title: string,
    locale: string | undefined,
    documentId: string | null,
  ): Promise<string> {
    const base = slugOf(title, locale, fallbackOf(uid));
    const owner = this.ownerOf(documentId);
    const wanted = keyOf(uid, locale, base);
    // Nearly always the plain slug is free, and an index answers that.
    const plain = await this.reservations.reserve(
      owner,
      () => this.isTaken(uid, base, locale, documentId),
      (taken, isReserved) => (taken || isReserved(wanted) ? null : wanted),
    );
    if (plain !== null) return plain;
    return this.reservations.reserve(
      owner,
      () => this.takenLike(uid, base, locale, documentId),
      (taken, isReserved) =>
        keyOf(
          uid,
          locale,
          firstFree(base, (slug) => taken.has(slug) || isReserved(keyOf(uid, locale, slug))),
        ),
    );
  }

  /** A document that exists is its own owner; each new one is another. */
  private ownerOf(documentId: string | null): string {
    if (documentId !== null) return documentId;
    this.created += 1;
    return `new ${this.created}`;
  }

  /** Whether another document of the locale has this slug, as draft or published. */
  private async isTaken(
    uid: SluggedUid,
    slug: string,
    locale: string | undefined,
    documentId: string | null,
  ): Promise<boolean> {
    const rows: Row[] = await this.strapi.db.query(uid).findMany({
      select: ['slug', 'documentId'],
      where: { slug, locale: locale ?? null },
    });
    return rows.some((row) => row.documentId !== documentId && row.slug === slug);
  }

  /** The slugs that begin like this one and belong to other documents of the locale, drafts and published. */
  private async takenLike(
    uid: SluggedUid,
    base: string,
    locale: string | undefined,
    documentId: string | null,
  ): Promise<Set<string>> {
    const rows: Row[] = await this.strapi.db.query(uid).findMany({
      select: ['slug', 'documentId'],
      where: { slug: { $startsWith: base }, locale: locale ?? null },
    });
    return new Set(
      rows.filter((row) => row.documentId !== documentId).map((row) => row.slug as string),
    );
  }

  private async draft(
    uid: SluggedUid,
    documentId: string,
    locale: string | undefined,
  ): Promise<Row | null> {
    return this.strapi.db.query(uid).findOne({
      select: ['slug', SLUG_SOURCES[uid]],
      where: { documentId, locale: locale ?? null },
      orderBy: { id: 'asc' },
    });
  }

  private async localeOf(locale: unknown): Promise<string | undefined> {
    if (typeof locale === 'string' && locale !== '' && locale !== '*') return locale;
    return this.strapi.plugin('i18n').service('locales').getDefaultLocale();
  }
}

function fallbackOf(uid: SluggedUid): string {
  return uid.slice(uid.lastIndexOf('.') + 1);
}

function keyOf(uid: SluggedUid, locale: string | undefined, slug: string): string {
  return `${uid} ${locale ?? ''} ${slug}`;
}

function slugIn(key: string): string {
  return key.slice(key.lastIndexOf(' ') + 1);
}
