import type { SearchAnswer } from './client';
import type { LinkCache } from './link-cache';
import { partsOf } from '../parts';
import {
  foundOf,
  hitsOf,
  idOf,
  linkingSearch,
  linksOf,
  linksSearch,
  MAX_CLAUSES,
  MAX_RESULTS,
  MAX_TERMS,
  ownersSearch,
} from './queries';
import type { FoundDocument, Linking, Wanted } from './found';
import { FEW_LINKING, type CollectionView } from './view';

/** One search answers for several addresses if at most this many documents link to them in total. */
const FEW_TOGETHER = 2000;

interface LinkedIndex {
  name: string;
  links: LinkCache;
}

/** Finds where links lead and which documents link where, for one list at a time. */
export class LinkReader {
  constructor(
    private readonly search: (name: string, searches: readonly object[]) => Promise<SearchAnswer[]>,
  ) {}

  async fetch(index: LinkedIndex, view: CollectionView, wanted: Wanted): Promise<void> {
    await Promise.all([
      this.fetchLinks(index, view, [...wanted.links]),
      this.fetchOwners(index, view, [...wanted.owners]),
      this.fetchLinking(index, view, [...wanted.linking]),
      this.fetchEach(index, view, [...wanted.allLinking], MAX_RESULTS),
    ]);
  }

  /** Fetches the links of documents. */
  private async fetchLinks(
    { name, links }: LinkedIndex,
    view: CollectionView,
    ids: readonly string[],
  ): Promise<void> {
    const add = (id: string, found: readonly string[]) => {
      links.put(links.links, id, found, found.length);
      view.addLinks(id, found);
    };
    const missing = unkept(links.links, ids, (id, kept) => view.addLinks(id, kept));
    for (const part of partsOf(missing, MAX_RESULTS)) {
      const [answer] = await this.search(name, [linksSearch(part)]);
      for (const hit of hitsOf(answer)) add(idOf(hit), linksOf(hit));
      // Documents that are gone by now have no links.
      for (const id of part) view.addLinks(id, []);
    }
  }

  /** Fetches the documents that have one of these addresses. */
  private async fetchOwners(
    { name, links }: LinkedIndex,
    view: CollectionView,
    addresses: readonly string[],
  ): Promise<void> {
    const missing = unkept(links.owners, addresses, (address, kept) => view.addOwners(address, kept)); // prettier-ignore
    const answers = await this.search(name, partsOf(missing, MAX_TERMS).map(ownersSearch));
    const owners = new Map<string, FoundDocument[]>(missing.map((address) => [address, []]));
    for (const hit of answers.flatMap(hitsOf)) {
      const found = foundOf(hit);
      for (const address of found.addresses) owners.get(address)?.push(found);
    }
    for (const [address, documents] of owners) {
      links.put(links.owners, address, documents, documents.length);
      view.addOwners(address, documents);
    }
  }

  /** Fetches the documents that link to addresses: with one search unless they are too many, else with one for each. */
  private async fetchLinking(
    index: LinkedIndex,
    view: CollectionView,
    addresses: readonly string[],
  ): Promise<void> {
    const { name, links } = index;
    const missing = unkept(links.linking, addresses, (address, kept) => view.addLinking(address, kept)); // prettier-ignore
    for (const part of partsOf(missing, MAX_CLAUSES)) {
      const [answer] = await this.search(name, [linkingSearch(part, FEW_TOGETHER)]);
      if ((answer.hits.total?.value ?? 0) > FEW_TOGETHER) {
        await this.fetchEach(index, view, part, FEW_LINKING);
        continue;
      }
      const linking = part.map((): FoundDocument[] => []);
      for (const hit of hitsOf(answer)) {
        for (const at of hit.matched_queries ?? []) linking[Number(at)].push(foundOf(hit));
      }
      part.forEach((address, at) => {
        this.addLinking(index, view, address, { count: linking[at].length, documents: linking[at] }); // prettier-ignore
      });
    }
  }

  private async fetchEach(
    index: LinkedIndex,
    view: CollectionView,
    addresses: readonly string[],
    size: number,
  ): Promise<void> {
    const searches = addresses.map((address) => linkingSearch([address], size));
    const answers = await this.search(index.name, searches);
    answers.forEach((answer, at) => {
      const documents = hitsOf(answer).map(foundOf);
      const count = answer.hits.total?.value ?? documents.length;
      this.addLinking(index, view, addresses[at], { count, documents });
    });
  }

  private addLinking(
    { links }: LinkedIndex,
    view: CollectionView,
    address: string,
    linking: Linking,
  ): void {
    links.put(links.linking, address, linking, linking.documents.length);
    view.addLinking(address, linking);
  }
}

/** Adds what is kept, and returns the other keys. */
function unkept<Found>(
  kept: ReadonlyMap<string, Found>,
  keys: readonly string[],
  add: (key: string, found: Found) => void,
): string[] {
  return keys.filter((key) => {
    const found = kept.get(key);
    if (found !== undefined) add(key, found);
    return found === undefined;
  });
}
