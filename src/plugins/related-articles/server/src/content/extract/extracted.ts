/** What is read of a text with markup. */
export interface Extracted {
  text: string;
  /** Link targets as written, in order, repeated ones included. */
  links: string[];
}
