import type { SharedState } from '../engine';
import type { CatalogEntry } from './catalog-entry';
import { checkItems, SearchFailure, WHOLE, type Hit, type SearchAnswer, type SearchClient } from './client'; // prettier-ignore
import { aliasOf, catalogIndex, catalogOf, OWN_ALIAS, type IndexSettings } from './mapping';
import { checkRecovered } from './presence';

const MAX_COLLECTIONS = 10_000;
const FORBIDDEN = 403;

export interface CatalogDocument {
  /** `writing` marks a collection that is being written to: its published counts may be behind. */
  kind: 'collection' | 'counts' | 'state' | 'writing';
  collection: string;
  content: { entry?: CatalogEntry; bytes?: string; state?: SharedState };
}

interface Deleted {
  delete?: { status: number; error?: { type: string; reason: string } };
}

/** How a document is written; by default, whatever is there is replaced. */
type Writing = Readonly<Record<string, string | number | boolean>>;

/** The index that holds the catalog's documents. */
export class CatalogDocuments {
  private readonly name: string;
  private isOpen = false;

  constructor(
    private readonly client: SearchClient,
    private readonly settings: IndexSettings,
  ) {
    this.name = catalogOf(settings);
  }

  /** Creates the index if it is missing. */
  async open(): Promise<void> {
    if (this.isOpen) return;
    try {
      await this.client.request({
        method: 'PUT',
        path: `/${this.name}`,
        body: catalogIndex(this.settings),
      });
    } catch (error) {
      const isThere = error instanceof SearchFailure && error.type === 'resource_already_exists_exception'; // prettier-ignore
      if (!isThere) throw error;
      // An index restored from a backup may lack the alias.
      await this.putAlias();
    }
    this.isOpen = true;
  }

  /** Adds the alias. A cluster whose disks are full refuses this even if the alias exists. */
  private async putAlias(): Promise<void> {
    try {
      const path = `/${this.name}/_alias/${aliasOf(this.name)}`;
      await this.client.request({ method: 'PUT', path, body: OWN_ALIAS });
    } catch (error) {
      if (!(error instanceof SearchFailure && error.status === FORBIDDEN)) throw error;
    }
  }

  /** Makes the next `open` look at the index again: another one may have taken its place. */
  reopen(): void {
    this.isOpen = false;
  }

  /** Deletes everything. */
  async clear(): Promise<void> {
    this.isOpen = false;
    try {
      await this.client.request({ method: 'DELETE', path: `/${this.name}` });
    } catch (error) {
      if (!(error instanceof SearchFailure && error.isNotFound)) throw error;
    }
  }

  /** The documents of all collections. None where nothing was ever published. */
  async collections(): Promise<CatalogDocument[]> {
    try {
      const { hits } = await this.client.request<SearchAnswer<CatalogDocument>>({
        method: 'POST',
        path: `/${this.name}/_search`,
        query: WHOLE,
        body: { size: MAX_COLLECTIONS, query: { term: { kind: 'collection' } } },
      });
      return hits.hits.flatMap(({ _source }) => _source ?? []);
    } catch (error) {
      await this.checkMissing(error);
      return [];
    }
  }

  /** A document, and the version under which it was written; `null` if there is none. */
  async find(id: string): Promise<{ _source: CatalogDocument; _version: number } | null> {
    try {
      return await this.client.request({
        method: 'GET',
        path: `/${this.name}/_doc/${encodeURIComponent(id)}`,
      });
    } catch (error) {
      await this.checkMissing(error);
      return null;
    }
  }

  /** @param query Such as `{ _source: false }`. */
  async many(ids: readonly string[], query?: Writing): Promise<readonly Hit<CatalogDocument>[]> {
    const { docs } = await this.client.request<{ docs: Hit<CatalogDocument>[] }>({
      ...{ method: 'POST', path: `/${this.name}/_mget`, query, body: { ids } },
    });
    return checkItems(docs);
  }

  /** @throws SearchFailure with status 409 if there is one with a later version, where `writing` tells a version. */
  async write(id: string, body: CatalogDocument, writing: Writing = {}): Promise<void> {
    await this.client.request({
      method: 'PUT',
      path: `/${aliasOf(this.name)}/_doc/${encodeURIComponent(id)}`,
      query: { ...writing, require_alias: true },
      body,
    });
  }

  /** @throws SearchFailure if one could not be deleted; what is not there need not be. */
  async delete(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const lines = ids.map((_id) => ({ delete: { _index: this.name, _id } }));
    const { items = [] } = await this.client.request<{ items?: Deleted[] }>({
      ...{ method: 'POST', path: '/_bulk', query: { refresh: true }, lines },
    });
    for (const { delete: deleted } of items) {
      if (!deleted?.error || deleted.status === 404) continue;
      throw new SearchFailure(deleted.status, deleted.error.type, deleted.error.reason);
    }
  }

  /** @throws The error itself, unless what was asked for truly does not exist. */
  private async checkMissing(error: unknown): Promise<void> {
    if (!(error instanceof SearchFailure && error.isNotFound)) throw error;
    if (error.type !== 'index_not_found_exception') return;
    this.isOpen = false;
    await checkRecovered(this.client);
  }
}
