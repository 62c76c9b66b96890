/**
 * How long the database may take over a page of entries, or a look at many rows, in milliseconds: much less than a
 * connection that was cut without a word.
 */
export const ANSWER_TIMEOUT_MS = 60_000;

/** How long an end waits for questions to the database that are under way, in milliseconds. */
const END_TIMEOUT_MS = 10_000;

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

/** Waits for what ends, but not for long: a question may rest on a connection that was cut. Tells whether it has ended. */
export const endsInTime = (ending: Promise<unknown>): Promise<boolean> =>
  withinTime(
    ending.then(() => true),
    END_TIMEOUT_MS,
    () => false,
  );
