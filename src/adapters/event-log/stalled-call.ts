/** The client's calls have no deadline of their own; this is ours. Asking again, with the same ids, may bring an answer. */
export class StalledCall extends Error {
  override readonly name = 'StalledCall';

  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}
