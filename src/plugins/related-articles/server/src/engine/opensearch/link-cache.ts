import type { FoundDocument, Linking } from './found';

/** Documents, links and addresses together; when there are more, all are forgotten. Some ten megabytes. */
const MAX_KEPT = 100_000;

/** Where links lead and which documents link where, in one version of an index: pages of a site share links. */
export class LinkCache {
  readonly owners = new Map<string, readonly FoundDocument[]>();
  readonly linking = new Map<string, Linking>();
  /** The links of documents, by id. */
  readonly links = new Map<string, readonly string[]>();

  /** @param isKept Whether anything is kept: not while the index is being written to. */
  constructor(private readonly isKept: boolean) {}

  private size = 0;

  /** @param length How many documents or links it has. */
  put<Found>(kept: Map<string, Found>, key: string, found: Found, length: number): void {
    if (!this.isKept || length > MAX_KEPT / 10) return;
    this.size += 1 + length;
    if (this.size > MAX_KEPT) {
      for (const map of [this.owners, this.linking, this.links]) map.clear();
      this.size = 1 + length;
    }
    kept.set(key, found);
  }
}
