import type { FindSuggestionsResponse } from '../../../../shared/contracts';
import type { Schema } from '../../config/attributes';
import type { RelatedType } from '../../config/resolve';
import { textOf, type Entity } from '../../content/entity';
import { mayBeHtml } from '../../content/extract/html';

type Body = FindSuggestionsResponse['meta']['body'];

interface BodyOptions {
  attributes: Schema['attributes'];
  /** Whether this editor may change an attribute. */
  mayChange(attribute: string): boolean;
  /** The entry as it is in the form; `null` where nothing can be inserted anyway. */
  entity: Entity | null;
}

/**
 * Returns the first long text that this editor may append to, and how it is written; `null` if there is none, or if
 * nothing shows how it is written.
 */
export function bodyOf(
  { text: sources }: Pick<RelatedType, 'text'>,
  { attributes, mayChange, entity }: BodyOptions,
): Body {
  for (const { attribute, kind } of sources) {
    if (kind === 'component' || kind === 'zone' || kind === 'media' || kind === 'plain') continue;
    if (!mayChange(attribute)) continue;
    if (kind !== 'richtext') return { attribute, format: kind };
    const text = textOf(entity?.[attribute]);
    // Strapi's own field writes Markdown; what another one writes, only a text can show.
    if (text.trim() === '' && attributes[attribute]?.customField) return null;
    return { attribute, format: mayBeHtml(text) ? 'html' : 'markdown' };
  }
  return null;
}
