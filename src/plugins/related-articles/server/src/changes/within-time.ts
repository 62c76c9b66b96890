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
