/** A mistake of whoever called the command: shown as it is, without a stack, with exit code 1. */
export class CliError extends Error {}

/** @throws CliError unless the value is a whole number within the range. */
export function wholeNumber(option: string, lowest: number, highest: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < lowest || number > highest) {
      throw new CliError(
        `${option}: "${value}" is not valid; a whole number from ${lowest} to ${highest} would be right.`,
      );
    }
    return number;
  };
}
