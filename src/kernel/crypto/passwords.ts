import { hash, verify } from '@node-rs/argon2';
import type { Passwords } from '../ports.ts';
import { StoreUnavailable } from '../unavailable.ts';

/** More work waits than will be done in time: the caller is told to come back. */
export class TooBusy extends StoreUnavailable {
  override readonly name = 'TooBusy';
}

/** argon2id at what OWASP names as the least: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** Of the same cost as a real one, and of no password. */
const nobodysHash = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

export interface PasswordLimits {
  /** Hashes computed at the same time; each takes 19 MiB and a core. */
  readonly atOnce: number;
  /** Requests waiting at most. */
  readonly waiting: number;
}

/**
 * Password hashing by argon2id (RFC 9106). Passwords are compared in Unicode form NFKC, so that every keyboard types the same.
 *
 * @throws {TooBusy} from both methods where too many wait
 */
export function createPasswords(limits: PasswordLimits = { atOnce: 2, waiting: 64 }): Passwords {
  const inTurn = limited(limits);
  return {
    hash: (password) => inTurn(() => hash(password.normalize('NFKC'), cost)),
    async verify(stored, password) {
      const matches = await inTurn(() => verify(stored ?? nobodysHash, password.normalize('NFKC')));
      return matches && stored !== undefined;
    },
  };
}

function limited({ atOnce, waiting }: PasswordLimits): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < atOnce) running++;
    else {
      if (queue.length >= waiting) throw new TooBusy('too many passwords are being checked');
      // Whoever ends hands its place on, so that `running` stays.
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
