import { errors } from '@strapi/utils';

import type { LimitsConfig } from '../../config/schema';

/** What a value takes that is no text, in characters. */
const FRAME = 8;

/**
 * Counts what entries take in an answer that has some of them many times over. An answer of hundreds of megabytes would
 * hold up the process for seconds, and one of more than 512 MB cannot be made at all.
 */
export class AnswerLength {
  /** @param parameter What asks for the lists. */
  constructor(
    private readonly parameter: string,
    private readonly limits: Pick<LimitsConfig, 'answerLength'>,
    private length = 0,
  ) {}

  /** One that begins with what is counted so far, for entries that are counted again once all is made. */
  fork(): AnswerLength {
    return new AnswerLength(this.parameter, this.limits, this.length);
  }

  /**
   * @param times How often an attribute is in the answer. Default: once.
   * @throws ValidationError (400) where it becomes too much.
   */
  add(documents: readonly object[], times: (attribute: string) => number = () => 1): void {
    const { answerLength } = this.limits;
    for (const document of documents) {
      for (const [attribute, value] of Object.entries(document) as [string, unknown][]) {
        this.length += times(attribute) * lengthOf(value);
      }
    }
    if (this.length <= answerLength) return;
    throw new errors.ValidationError(
      `${this.parameter}: expected lists whose entries have at most ${answerLength} characters together, got more; ask for fewer entries, or only for the fields that you need`,
    );
  }
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return FRAME;
  let length = FRAME;
  for (const [name, part] of Object.entries(value)) length += name.length + lengthOf(part);
  return length;
}
