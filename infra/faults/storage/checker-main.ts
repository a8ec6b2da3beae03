import { checkDirectory } from './check-image.ts';
import type { Expectation } from './facts.ts';
import { readOut } from './read-out.ts';

type Question =
  | { readonly kind: 'check'; readonly dir: string; readonly expectation: Expectation }
  | { readonly kind: 'read'; readonly dir: string; readonly streams: readonly string[] };

/** Answers each directory it is sent with what is wrong with it, or with what it shows. */
process.on('message', (question: Question) => {
  const { dir } = question;
  const answer = question.kind === 'read' ? readOut(dir, question.streams) : checkDirectory(dir, question.expectation);
  answer.then(
    (found: unknown) => process.send?.(found),
    (error: Error) => process.send?.([`The check itself fails: ${error.message}`]),
  );
});
process.on('disconnect', () => process.exit(0));
