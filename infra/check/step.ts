import type { Checkout } from './checkout.ts';

/** One thing that `npm run check` looks at. */
export interface Step {
  readonly name: string;
  /** What to do about its problems, as the end of a sentence "… failed: ". */
  readonly remedy: string;
  /** One sentence a problem, each beginning with the file it is in; none when all is well. */
  problems(checkout: Checkout): Promise<readonly string[]> | readonly string[];
}

/** Each line that matches, as `file:line: what`. */
export function linesThat(
  { read }: Checkout,
  files: readonly string[],
  pattern: RegExp,
  what: string,
): readonly string[] {
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${what}`] : [])),
  );
}
