/**
 * A whole number that a variable of the environment gives to a tool of the tests.
 *
 * @throws {RangeError} it is none, or less than `least`; the message says what to give
 */
export function wholeNumber(name: string, fallback: number, least = 0): number {
  const given = process.env[name];
  if (given === undefined) return fallback;
  const number = Number(given);
  if (/^-?\d+$/.test(given) && Number.isSafeInteger(number) && number >= least) return number;
  throw new RangeError(`${name} is "${given}"; give a whole number from ${least} on.`);
}
