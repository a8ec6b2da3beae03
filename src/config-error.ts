/** One setting that cannot be used: its variable, what was found (never a secret) and what is accepted. */
export type ConfigProblem = Readonly<{ variable: string; found: string; accepted: string }>;

/** The configuration cannot be used; the message lists every problem, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((p) => `  ${p.variable}: found ${p.found}; accepted: ${p.accepted}`);
    super(`The configuration cannot be used:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/**
 * A value as an error may show it. Of a secret, a URL keeps its scheme, user and host and loses its password and query;
 * anything else is only measured, for it may be the secret itself.
 */
export function shown(value: string | undefined, secret: boolean): string {
  if (value === undefined) return 'nothing';
  if (!secret) return JSON.stringify(value.slice(0, 100));
  const masked = maskUrl(value);
  return masked === undefined ? `${value.length} characters that are no URL` : JSON.stringify(masked);
}

/** The URL without password and query, or undefined when the text is no URL. */
export function maskUrl(text: string): string | undefined {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^:@/\s]*)(:[^\s]*)?@)?([^@?#\s]*)(\?[^\s]*)?$/i.exec(text);
  if (match === null) return undefined;
  const [, scheme, user, password, rest, query] = match;
  const login = user === undefined ? '' : password === undefined ? '***@' : `${user}:***@`;
  return `${scheme}${login}${rest}${query === undefined ? '' : '?***'}`;
}
