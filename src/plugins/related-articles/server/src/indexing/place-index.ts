import { GrowableInts } from '../engine/growable';

const NONE = -1;

/**
 * Which documents name which places (categories, tags, files), both ways. Documents are numbers from 0. Each pair takes
 * 20 bytes, so that a million documents with a few places each fit into some 60 MB.
 */
export class PlaceIndex {
  private readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly freeNames: number[] = [];
  /** The first pair of each document and of each place. */
  private readonly ofDocument = new GrowableInts();
  private readonly ofPlace = new GrowableInts();
  // One entry for each pair.
  private readonly documents = new GrowableInts();
  private readonly places = new GrowableInts();
  private readonly nextOfDocument = new GrowableInts();
  private readonly nextOfPlace = new GrowableInts();
  private readonly previousOfPlace = new GrowableInts();
  /** Pairs that are free to be used again, linked by `nextOfDocument`. */
  private free = NONE;

  /** Replaces what a document names. */
  set(document: number, places: readonly string[]): void {
    this.clear(document);
    // From the last to the first, because each is put in front of the others.
    for (const place of [...new Set(places)].reverse()) this.add(document, this.numberOf(place));
  }

  clear(document: number): void {
    let pair = this.firstOf(document);
    this.ofDocument.set(document, NONE);
    while (pair !== NONE) {
      const next = this.nextOfDocument.get(pair);
      this.unlink(pair);
      this.nextOfDocument.set(pair, this.free);
      this.free = pair;
      pair = next;
    }
  }

  /** Returns the places of a document, in the order in which they were given. */
  placesOf(document: number): string[] {
    const found: string[] = [];
    for (let pair = this.firstOf(document); pair !== NONE; pair = this.nextOfDocument.get(pair)) {
      found.push(this.names[this.places.get(pair)]);
    }
    return found;
  }

  documentsOf(place: string): number[] {
    const number = this.numbers.get(place);
    const found: number[] = [];
    if (number === undefined) return found;
    for (let pair = this.ofPlace.get(number); pair !== NONE; pair = this.nextOfPlace.get(pair)) {
      found.push(this.documents.get(pair));
    }
    return found;
  }

  private firstOf(document: number): number {
    return document < this.ofDocument.length ? this.ofDocument.get(document) : NONE;
  }

  private numberOf(place: string): number {
    const known = this.numbers.get(place);
    if (known !== undefined) return known;
    const number = this.freeNames.pop() ?? this.names.length;
    this.names[number] = place;
    this.numbers.set(place, number);
    this.ofPlace.set(number, NONE);
    return number;
  }

  private add(document: number, place: number): void {
    const isNew = this.free === NONE;
    const pair = isNew ? this.documents.length : this.free;
    if (!isNew) this.free = this.nextOfDocument.get(pair);
    const after = this.ofPlace.get(place);
    this.documents.set(pair, document);
    this.places.set(pair, place);
    this.nextOfDocument.set(pair, this.firstOf(document));
    this.nextOfPlace.set(pair, after);
    this.previousOfPlace.set(pair, NONE);
    if (after !== NONE) this.previousOfPlace.set(after, pair);
    this.ofPlace.set(place, pair);
    this.ofDocument.set(document, pair);
  }

  private unlink(pair: number): void {
    const place = this.places.get(pair);
    const [before, after] = [this.previousOfPlace.get(pair), this.nextOfPlace.get(pair)];
    if (after !== NONE) this.previousOfPlace.set(after, before);
    if (before !== NONE) this.nextOfPlace.set(before, after);
    else this.ofPlace.set(place, after);
    if (this.ofPlace.get(place) !== NONE) return;
    this.numbers.delete(this.names[place]);
    this.freeNames.push(place);
  }
}
