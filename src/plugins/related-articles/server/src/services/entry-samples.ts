import type { Core } from '@strapi/strapi';

import { Remembered } from '../config/remembered';
import type { RelatedType } from '../config/resolve';
import { rowsIn, rowsOf } from '../content/rows';

const PICKED = 40;
/** How long a sample is used for its type, in milliseconds. */
const KEPT_MS = 600_000;

/** A sample of a type's published entries in one locale. */
export interface EntrySample {
  /** How many entries the sample was picked from. */
  size: number;
  documentIds: readonly string[];
}

/** Picks a random entry from each of many equal parts, oldest to newest: every tenth entry may be hidden. */
export class EntrySamples {
  private readonly kept = new Remembered<EntrySample>(KEPT_MS);

  constructor(private readonly strapi: Core.Strapi) {}

  of(type: RelatedType, locale: string | null): Promise<EntrySample> {
    return this.kept.of(keyOf(type, locale), () => this.pick(type, locale));
  }

  /** Returns the entries of a sample that are still published. If any is not, `of` picks a new sample next. */
  async remaining(
    type: RelatedType,
    locale: string | null,
    documentIds: readonly string[],
  ): Promise<string[]> {
    if (documentIds.length === 0) return [];
    const where = { ...rowsIn(type, 'published', locale), documentId: { $in: [...documentIds] } };
    const rows = await rowsOf<{ documentId: string }>(this.strapi, type.uid).findMany({ select: ['documentId'], where }); // prettier-ignore
    const there = new Set(rows.map(({ documentId }) => documentId));
    if (there.size < documentIds.length) this.kept.forget(keyOf(type, locale));
    return [...there];
  }

  private async pick(type: RelatedType, locale: string | null): Promise<EntrySample> {
    const rows = rowsOf<{ documentId: string }>(this.strapi, type.uid);
    const where = rowsIn(type, 'published', locale);
    const size = await rows.count({ where });
    const count = Math.min(PICKED, size);
    const documentIds: string[] = [];
    for (let at = 0; at < count; at += 1) {
      const offset = Math.floor(((at + Math.random()) * size) / count);
      const picked = await rows.findMany({ select: ['documentId'], where, orderBy: { id: 'asc' }, offset, limit: 1 }); // prettier-ignore
      documentIds.push(...picked.map(({ documentId }) => documentId));
    }
    return { size, documentIds };
  }
}

const keyOf = ({ uid }: RelatedType, locale: string | null): string => `${uid} ${locale ?? ''}`;
