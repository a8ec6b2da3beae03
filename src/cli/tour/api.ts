import { CommandFailed } from '../output.ts';

/** An answer as the tour sees it. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** Position on the log of what the request wrote. */
  readonly position: string | undefined;
}

export interface Asked {
  readonly body?: Readonly<Record<string, unknown>>;
  /** The status that the story goes on with; another ends the tour. */
  readonly expect: number;
  /** A read waits until its read model has seen this position. */
  readonly waitFor?: string | undefined;
}

/** The REST surface, as any client uses it. */
export class Api {
  readonly #url: string;
  #token: string | undefined;

  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '');
  }

  async login(email: string, password: string): Promise<void> {
    const { body } = await this.ask('POST', '/auth/login', { body: { email, password }, expect: 200 });
    this.#token = String(body['accessToken']);
  }

  /** A file, as it is. */
  async text(path: string): Promise<string> {
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.#url}${path}`, { headers, signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    if (response.ok) return text;
    throw new CommandFailed(`GET ${path} answered ${response.status}: ${text.slice(0, 500)}`);
  }

  async ask(method: string, path: string, asked: Asked): Promise<ApiAnswer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(this.#token && { authorization: `Bearer ${this.#token}` }),
        ...(asked.body && { 'content-type': 'application/json' }),
        ...(asked.waitFor && { 'x-wait-for-position': asked.waitFor }),
      },
      ...(asked.body && { body: JSON.stringify(asked.body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (response.status !== asked.expect) {
      throw new CommandFailed(
        `${method} ${path} answered ${response.status}, not ${asked.expect}: ${text.slice(0, 500)}`,
      );
    }
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, body, position: response.headers.get('x-log-position') ?? undefined };
  }
}
