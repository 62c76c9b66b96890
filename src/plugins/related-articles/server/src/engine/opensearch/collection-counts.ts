import { BigramCounts } from '../counts/bigram-counts';
import { DateRanks } from '../counts/date-ranks';
import { NumberCounts } from '../counts/number-counts';
import { averageLengthOf, populationOf } from '../statistics';
import { addTo, type Counted, type Counts } from './counts';

/**
 * How often everything occurs in a collection that is stored in the cluster. The instance that writes counts and
 * publishes; all others hold a copy. So all make the same lists, whichever replica answers them.
 */
export class CollectionCounts implements Counts {
  size = 0;
  linking = 0;
  lengthUnits = 0;
  checksum = 0;
  readonly words = new NumberCounts();
  readonly bigrams = new BigramCounts();
  readonly titles = new NumberCounts();
  readonly endings = new NumberCounts();
  readonly dates = new DateRanks();
  readonly taxonomy = new Map<string, number>();

  get population(): number {
    return populationOf(this.size);
  }

  get averageLength(): number {
    return averageLengthOf(this.size, this.lengthUnits);
  }

  get bytes(): number {
    const dates = 8 * this.dates.size;
    const tables = [this.words, this.bigrams, this.titles, this.endings];
    return dates + tables.reduce((sum, { bytes }) => sum + bytes, 100 * this.taxonomy.size);
  }

  distinct(what: Counted): number {
    return what === 'dates' ? this.dates.distinct : this[what].size;
  }

  count(what: Counted, key: number): number {
    return what === 'dates' ? this.dates.count(key) : this[what].get(key);
  }

  add(what: Counted, key: number, by: number): void {
    if (what === 'bigrams') return this.bigrams.change(key, by);
    if (what !== 'dates') return this[what].add(key, by);
    for (let i = 0; i < by; i += 1) this.dates.add(key);
    // Stop at zero: what was never counted cannot be removed.
    for (let i = 0; i > by && this.dates.count(key) > 0; i -= 1) this.dates.remove(key);
  }

  addEntry(key: string, by: number): void {
    addTo(this.taxonomy, key, Math.max(by, -(this.taxonomy.get(key) ?? 0)));
  }

  forEach(what: Counted, visit: (key: number, count: number) => void): void {
    this[what].forEach(visit);
  }
}
