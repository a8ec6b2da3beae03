import { expect } from 'chai';

/** The error a promise is rejected with; fails where it is not. */
export function rejected(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => expect.fail('it was not refused'),
    (error: Error) => error,
  );
}
