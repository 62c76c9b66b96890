/**
 * Stops the clock by which work is measured, so that nothing depends on how busy the machine is.
 *
 * @returns Lets time pass, in milliseconds.
 */
export function stopClock(): (milliseconds: number) => void {
  let now = 1000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return (milliseconds) => {
    now += milliseconds;
  };
}
