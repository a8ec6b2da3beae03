/** A refusal: a declared code, never a thrown error. `detail` is shown to the caller and must hold no secret. */
export interface Rejection<Code extends string = string> {
  readonly kind: 'rejection';
  readonly code: Code;
  readonly detail: string | undefined;
  /** Facts a program can use, such as the current version at a compare-and-set miss. */
  readonly facts: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** HTTP statuses a refusal may map to. */
export type RejectionStatus = 400 | 401 | 402 | 403 | 404 | 409 | 410 | 412 | 413 | 422 | 423 | 429 | 502 | 503;

/** The refusals an endpoint declares: code to HTTP status. */
export type Rejections = Readonly<Record<string, RejectionStatus>>;

/** Refuses. The code must be declared in the endpoint's `rejections`, or the endpoint does not compile. */
export function reject<const Code extends string>(
  code: Code,
  detail?: string,
  facts?: Readonly<Record<string, string | number | boolean>>,
): Rejection<Code> {
  return { kind: 'rejection', code, detail, facts };
}

export function isRejection(value: unknown): value is Rejection {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'rejection';
}
