/** What a person got wrong, in one sentence that says what to do. */
export class Usage extends Error {
  override readonly name = 'Usage';
}
