import { z } from 'zod';
import { aggregate } from './aggregate.ts';

const outcome = {
  operation: z.string(),
  action: z.string(),
  subject: z.string(),
  /** Status of the answer. */
  status: z.int(),
  /** What the endpoint's audit declaration adds, such as the version that was read. */
  details: z.record(z.string(), z.unknown()).optional(),
};

/**
 * Requests that changed no aggregate and are facts all the same: answered reads and operations, refusals, denials. One stream a
 * tenant and day. Who, from where and when stands in the metadata, as with every event.
 */
export const Request = aggregate({
  name: 'audit.Request',
  events: {
    /** `ofTenant`: whose rows the platform's caller was answered with, where they are another tenant's. */
    Answered: z.object({ ...outcome, ofTenant: z.string().optional() }),
    Refused: z.object({ ...outcome, code: z.string() }),
    Denied: z.object({ ...outcome, code: z.string() }),
    /** Failures without a valid credential, summed for one source and minute; in its own tenant where one account was tried. */
    CredentialsFailed: z.object({
      source: z.string(),
      minute: z.string(),
      count: z.int().positive(),
      userId: z.string().optional(),
    }),
  },
  initial: () => ({}),
  evolve: {
    Answered: (state) => state,
    Refused: (state) => state,
    Denied: (state) => state,
    CredentialsFailed: (state) => state,
  },
});
