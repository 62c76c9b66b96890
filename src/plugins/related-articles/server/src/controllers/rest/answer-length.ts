import { errors } from '@strapi/utils';

import type { LimitsConfig } from '../../config/schema';

/** How many characters a value that is not text counts as. */
const FRAME = 8;

/**
 * Counts the characters of entries in an answer that may repeat them many times. An answer of hundreds of megabytes
 * would block the process for seconds, and one of more than 512 MB cannot be built at all.
 */
export class AnswerLength {
  /** @param parameter The request parameter that asks for the lists, for messages. */
  constructor(
    private readonly parameter: string,
    private readonly limits: Pick<LimitsConfig, 'answerLength'>,
    private length = 0,
  ) {}

  /** Returns a counter that starts at the current count, for entries counted again once the answer is complete. */
  fork(): AnswerLength {
    return new AnswerLength(this.parameter, this.limits, this.length);
  }

  /**
   * @param times How often an attribute appears in the answer. Default: once.
   * @throws ValidationError (400) if the total becomes too long.
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
