import { languageFor } from '../config/locale-language';
import type { RelatedType } from '../config/resolve';
import { createAnalyzer, type Analyzer } from '../engine/analysis/analyzer';

/** More languages than any site has. Each analyzer caches the words that it has seen. */
const MAX_KEPT = 1000;

/** Creates an analyzer for each language that documents are written in, only once. */
export class Analyzers {
  private readonly known = new Map<string, Analyzer>();

  of(type: RelatedType, locale: string | null): Analyzer {
    const language = languageFor(type, locale);
    const analyzer = this.known.get(language) ?? createAnalyzer(language);
    if (this.known.size >= MAX_KEPT) this.known.clear();
    this.known.set(language, analyzer);
    return analyzer;
  }
}
