/**
 * Stops the clock that measures work, so that nothing depends on how busy the machine is.
 *
 * @returns A function that lets time pass, in milliseconds.
 */
export function stopClock(): (milliseconds: number) => void {
  let now = 1000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return (milliseconds) => {
    now += milliseconds;
  };
}
