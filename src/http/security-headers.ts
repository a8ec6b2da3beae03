import type { ServerResponse } from 'node:http';

/** Half a year, in seconds. */
const hstsSeconds = 15_768_000;

const always: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Headers of every answer; a page that shows something loosens them for itself. */
export function setSecurityHeaders(response: ServerResponse, publicUrl: string | undefined): void {
  for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
  if (publicUrl?.startsWith('https:')) response.setHeader('Strict-Transport-Security', `max-age=${hstsSeconds}`);
}
