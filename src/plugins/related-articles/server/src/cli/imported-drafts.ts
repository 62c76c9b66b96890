import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';

/** As many as are remembered, those that were written last. */
const MAX_REMEMBERED = 50_000;
/** What Strapi takes at most to make a row, in milliseconds. */
const MADE_MS = 1000;

/** A draft, as far as it tells when it was written. */
export interface Written {
  documentId: string;
  locale?: string | null;
  createdAt?: unknown;
  updatedAt?: unknown;
  /** Who made it, and who wrote into it, in the admin panel. */
  createdBy?: object | null;
  updatedBy?: object | null;
}

const momentOf = (value: unknown): number => new Date(value as string).getTime();

/** Remembers when imports wrote drafts of a type, so that what somebody wrote into them since is told from that. */
export class ImportedDrafts {
  private moments = new Map<string, number>();

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly uid: string,
  ) {}

  async open(): Promise<void> {
    const stored = (await this.store.get({})) as [string, number][] | null;
    this.moments = new Map(Array.isArray(stored) ? stored : []);
  }

  async save(): Promise<void> {
    await this.store.set({ value: [...this.moments].slice(-MAX_REMEMBERED) });
  }

  remember(draft: Written): void {
    const key = keyOf(draft);
    this.moments.delete(key);
    this.moments.set(key, momentOf(draft.updatedAt));
  }

  /** Whether somebody has written into a draft since an import did; into one that is not remembered, at all. */
  isChanged(draft: Written): boolean {
    const updated = momentOf(draft.updatedAt);
    const known = this.moments.get(keyOf(draft));
    if (known !== undefined) return updated !== known;
    // Imports have no account, and those of earlier versions remembered nothing.
    return Boolean(draft.createdBy ?? draft.updatedBy) || updated - momentOf(draft.createdAt) > MADE_MS; // prettier-ignore
  }

  private get store() {
    return this.strapi.store({
      type: 'plugin',
      name: PLUGIN_ID,
      key: `imported-drafts ${this.uid}`,
    });
  }
}

const keyOf = ({ documentId, locale }: Written): string => `${documentId} ${locale ?? ''}`;
