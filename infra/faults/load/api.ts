/** An answer over HTTP. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly position: string | undefined;
}

/** Sends one request; undefined where no whole answer came in time. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Reply | undefined>;

/**
 * A client of the API that waits for an answer only so long.
 *
 * @param urlNow where the API is at the time of a request
 * @param answerMs milliseconds one answer is waited for
 */
export function sender(urlNow: () => string, answerMs: number): Send {
  return async (method, path, body, headers = {}) => {
    try {
      const response = await fetch(`${urlNow()}${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        signal: AbortSignal.timeout(answerMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text.startsWith('{') ? JSON.parse(text) : {},
        position: response.headers.get('x-log-position') ?? undefined,
      };
    } catch {
      return undefined;
    }
  };
}

/** Sends until an answer says that it is done, for what the load itself needs. @throws after many refusals */
export async function insist(send: Send, ...asked: Parameters<Send>): Promise<Reply> {
  let last: Reply | undefined;
  for (let tries = 0; tries < 100; tries++) {
    last = await send(...asked);
    if (last !== undefined && last.status < 300) return last;
    if (last !== undefined && last.status < 500 && last.status !== 429) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${asked[0]} ${asked[1]} answered ${last?.status ?? 'nothing'}: ${JSON.stringify(last?.body)}`);
}
