import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** One event of a stream, or a comment. */
export interface SseEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A client of an event stream that reads as the HTML Standard says, and keeps what it got. */
export interface SseClient {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: readonly SseEvent[];
  readonly comments: readonly string[];
  /** The id a client would come back with. */
  readonly lastId: () => string | undefined;
  readonly text: () => string;
  /** Resolves when so many events have come in all. */
  count(most: number): Promise<readonly SseEvent[]>;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  pause(): void;
  resume(): void;
  leave(): void;
}

export async function readStream(url: string, headers: Readonly<Record<string, string>> = {}): Promise<SseClient> {
  const events: SseEvent[] = [];
  const comments: string[] = [];
  const waiting = new Set<() => void>();
  let lastId: string | undefined;
  let text = '';
  const { asked, response } = await new Promise<{ asked: ClientRequest; response: IncomingMessage }>(
    (resolve, reject) => {
      const asking: ClientRequest = request(url, { headers, agent: false }, (got) =>
        resolve({ asked: asking, response: got }),
      );
      asking.on('error', reject).end();
    },
  );
  asked.on('error', () => undefined);
  const take = (block: string): void => {
    const fields = block
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const of = (name: string): string | undefined => fields.find(([field]) => field === name)?.[1];
    lastId = of('id') ?? lastId;
    const comment = of('');
    if (comment !== undefined) comments.push(comment);
    const data = of('data');
    if (data !== undefined) events.push({ id: of('id'), event: of('event') ?? 'message', data: JSON.parse(data) });
  };
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const blocks = `${rest}${chunk}`.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) take(block);
    for (const wake of waiting) wake();
  });
  const ended = new Promise<void>((resolve) => {
    response
      .on('end', resolve)
      .on('close', resolve)
      .on('error', () => resolve());
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    comments,
    ended,
    lastId: () => lastId,
    text: () => text,
    count: (most) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (events.length < most) return;
          waiting.delete(look);
          resolve(events);
        };
        waiting.add(look);
        look();
      }),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    leave: () => void asked.destroy(),
  };
}
