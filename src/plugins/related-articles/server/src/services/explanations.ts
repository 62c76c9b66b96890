import { languageFor, type RelatedType } from '../config/resolve';
import { createAnalyzer, type Analyzer } from '../engine/analysis/analyzer';
import type { Explanation } from '../engine/types';
import type { Entity } from '../sync/entity';
import { visibleText } from '../sync/mapper';

const SHOWN_TERMS = 8;

/** What decides what a caller may be told of a list's reasons. */
export interface Audience {
  source: Entity | null;
  locale: string | null;
  /** The relations whose entries the caller may see. */
  visible: ReadonlySet<string>;
  /** Default: all attributes. Private ones never count. */
  mayRead?: (attribute: string) => boolean;
}

/**
 * Explanations name only what the caller could read anyway: words that stand in both documents' readable fields, as
 * written there, and entries of types that the caller may find.
 */
export class Explanations {
  private readonly analyzers = new Map<string, Analyzer>();

  constructor(
    private readonly published: (
      type: RelatedType,
      documentIds: readonly string[],
    ) => Promise<Entity[]>,
  ) {}

  /** A function that narrows the explanations of a page's suggestions. */
  async narrowing(
    type: RelatedType,
    page: readonly { id: string }[],
    { source, locale, visible, mayRead }: Audience,
  ): Promise<(id: string, explanation: Explanation) => Explanation> {
    const analyzer = this.analyzerOf(type, locale);
    const surfacesOf = (entity: Entity | null) =>
      analyzer.surfaces(entity ? visibleText(type, entity, mayRead) : '');

    const entities = await this.published(
      type,
      page.map(({ id }) => id),
    );
    const ofLocale = entities.filter((entity) => !type.localized || entity.locale === locale);
    const candidates = new Map(ofLocale.map((entity) => [entity.documentId, surfacesOf(entity)]));
    const sourceWords = surfacesOf(source);
    return (id, explanation) => ({
      ...explanation,
      terms: explanation.terms
        .filter((term) => sourceWords.has(term) && candidates.get(id)?.has(term))
        .map((term) => plainer(sourceWords.get(term), candidates.get(id)?.get(term)))
        .slice(0, SHOWN_TERMS),
      taxonomy: Object.fromEntries(
        Object.entries(explanation.taxonomy)
          .filter(([relation]) => visible.has(relation))
          .map(([relation, labels]) => [relation, labels.filter(Boolean)]),
      ),
    });
  }

  private analyzerOf(type: RelatedType, locale: string | null): Analyzer {
    const language = languageFor(type, locale);
    const analyzer = this.analyzers.get(language) ?? createAnalyzer(language);
    this.analyzers.set(language, analyzer);
    return analyzer;
  }
}

/** Of two spellings of a word the one without a capital, which may have come from the start of a sentence. */
function plainer(here = '', there = here): string {
  return here[0]?.toLowerCase() === here[0] ? here : there;
}
