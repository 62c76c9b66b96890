/**
 * How long the database may take for a page of entries, or for a query over many rows, in milliseconds: much less than
 * a silently cut connection takes to fail.
 */
export const ANSWER_TIMEOUT_MS = 60_000;

/** How long a shutdown waits for running database queries, in milliseconds. */
const END_TIMEOUT_MS = 10_000;

/** Resolves with `wanted`, or with `otherwise` if that takes too long; then the late result is ignored. */
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
 * Waits for an answer from the database. A late answer is ignored.
 *
 * @throws Error when it does not come within a minute.
 */
export const answered = <T>(answer: Promise<T>): Promise<T> =>
  withinTime(answer, ANSWER_TIMEOUT_MS, () => {
    throw new Error('the database has not answered for a minute');
  });

/** Waits for work to end, but not for long, because its connection may be cut. Returns whether it has ended. */
export const endsInTime = (ending: Promise<unknown>): Promise<boolean> =>
  withinTime(
    ending.then(() => true),
    END_TIMEOUT_MS,
    () => false,
  );
