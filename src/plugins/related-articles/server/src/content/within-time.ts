/** Longer than a page of entries takes to be read, and much less than a connection that was cut without a word. */
const ANSWER_TIMEOUT_MS = 60_000;

/** What comes in time, or something else; what comes later is nobody's. */
export function withinTime<T>(
  wanted: Promise<T>,
  milliseconds: number,
  otherwise: () => T,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<T>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(otherwise());
      } catch (error) {
        reject(error as Error);
      }
    }, milliseconds);
  });
  return Promise.race([wanted, end]).finally(() => clearTimeout(timer));
}

/**
 * What the database answers. An answer that comes later is nobody's.
 *
 * @throws Error when it does not come within a minute.
 */
export const answered = <T>(answer: Promise<T>): Promise<T> =>
  withinTime(answer, ANSWER_TIMEOUT_MS, () => {
    throw new Error('the database has not answered for a minute');
  });
