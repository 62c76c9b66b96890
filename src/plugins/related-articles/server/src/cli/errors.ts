/** A mistake by the command's user: shown as it is, without a stack, with exit code 1. */
export class CliError extends Error {}

/** Refuses without a stack, for failures that the user can fix. @throws CliError with the error's message. */
export const refuse = (error: Error): never => {
  throw new CliError(error.message);
};

/** @throws CliError unless the value is a whole number within the range. */
export function wholeNumber(option: string, lowest: number, highest: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < lowest || number > highest) {
      throw new CliError(
        `${option}: expected a whole number from ${lowest} to ${highest}, got "${value}"`,
      );
    }
    return number;
  };
}

/** Makes text from a file or a database safe for a terminal: escapes control characters. */
export function printable(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex -- these are what is meant
    /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
