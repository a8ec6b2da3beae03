import type { Json } from './schemas.ts';

const text = { type: 'string' };
const whole = { type: 'integer', minimum: 0 };

/** Headers that answers have. */
export const headers: Json = {
  'X-Request-Id': {
    description: 'Names this request in logs and in the audit; taken from the request where it has one.',
    schema: text,
  },
  'X-Log-Position': {
    description:
      'Where the log stood after this request was written. Send it as X-Wait-For-Position to read what was written.',
    schema: { ...text, pattern: '^\\d+$' },
  },
  'X-RateLimit-Limit': { description: 'Requests in one window.', schema: whole },
  'X-RateLimit-Remaining': { description: 'Requests left in this window.', schema: whole },
  'X-RateLimit-Reset': { description: 'When the window is new, in seconds since the epoch.', schema: whole },
  'Retry-After': { description: 'Seconds to wait before asking again.', schema: whole },
  'WWW-Authenticate': { description: 'How to say who calls (RFC 6750).', schema: text },
};

/** Headers that requests may have. */
export const parameters: Json = {
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'For 24 hours the same key with the same request is answered as before; for the same resource with another body it is refused with 422. Of another operation, or about another resource, it is another key.',
    schema: { ...text, minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  },
  'X-Wait-For-Position': {
    name: 'X-Wait-For-Position',
    in: 'header',
    required: false,
    description: 'Answers only once the read model has seen this log position; 503 where that takes too long.',
    schema: { ...text, pattern: '^\\d{1,20}$' },
  },
};

/** How a caller says who it is. */
export const securitySchemes: Json = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An access token, an API token or a service credential.' },
  agentSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Agent-Secret',
    description: "An agent's secret, shown once when it was minted.",
  },
};
