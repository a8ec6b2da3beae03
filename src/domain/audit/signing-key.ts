import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';

export interface SigningKeyState {
  /** The version that signs: 1 from the start. */
  readonly version: number;
}

/** The id of the one key set there is, in the platform tenant. */
export const checkpointKeys = 'checkpoints';

/** Which version of the installation's key signs checkpoints. Each event is one rotation, so that the nth stands at revision n. */
export const SigningKey = aggregate({
  name: 'audit.SigningKey',
  events: { Rotated: z.object({ version: z.int().min(2), reason: z.string() }) },
  initial: (): SigningKeyState => ({ version: 1 }),
  evolve: { Rotated: (_, { version }) => ({ version }) },
});
