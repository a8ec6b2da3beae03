/** Parameters of one query string at most. */
const mostParameters = 1_000;

/** Where a request is directed, or undefined where its text is not UTF-8 in percent encoding (RFC 3986 §2.1). */
export interface Target {
  /** Percent-decoded segments of the path. */
  readonly segments: readonly string[];
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
}

/** Splits a request's target, in origin or absolute form (RFC 9112 §3.2); a query's name that is given more than once has a list. Undefined: malformed. */
export function parseTarget(url: string): Target | undefined {
  const origin = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]+/i, '');
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  if (!path.startsWith('/')) return undefined;
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    return { segments, path, query: mark < 0 ? {} : parseQuery(origin.slice(mark + 1)) };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Whether the path tries to leave where it is: its segments are names, never a way up. */
export function climbs(segments: readonly string[]): boolean {
  return segments.some((segment) => segment === '.' || segment === '..' || segment.includes('\0'));
}

function parseQuery(text: string): Readonly<Record<string, string | readonly string[]>> {
  const values = new Map<string, string[]>();
  const pairs = text.split('&', mostParameters + 1);
  if (pairs.length > mostParameters) throw new URIError('too many parameters');
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const list = values.get(name) ?? [];
    list.push(equals < 0 ? '' : decode(pair.slice(equals + 1)));
    values.set(name, list);
  }
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? (list[0] as string) : list]));
}

/** As forms do, where a plus is a space. */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
