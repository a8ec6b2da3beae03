import { checkDirectory } from './check-image.ts';
import type { Expectation } from './facts.ts';

/** Answers each directory it is sent with what is wrong with it. */
process.on('message', ({ dir, expectation }: { dir: string; expectation: Expectation }) => {
  checkDirectory(dir, expectation).then(
    (problems) => process.send?.(problems),
    (error: Error) => process.send?.([`The check itself fails: ${error.message}`]),
  );
});
process.on('disconnect', () => process.exit(0));
