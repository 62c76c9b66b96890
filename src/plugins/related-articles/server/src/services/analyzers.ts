import { languageFor } from '../config/locale-language';
import type { RelatedType } from '../config/resolve';
import { createAnalyzer, type Analyzer } from '../engine/analysis/analyzer';

/** The analyzers of the languages that documents are written in, each made once. */
export class Analyzers {
  private readonly known = new Map<string, Analyzer>();

  of(type: RelatedType, locale: string | null): Analyzer {
    const language = languageFor(type, locale);
    const analyzer = this.known.get(language) ?? createAnalyzer(language);
    this.known.set(language, analyzer);
    return analyzer;
  }
}
