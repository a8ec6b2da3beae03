import type { SigningProfile } from '../crypto/hybrid-signature.ts';
import type { CheckpointKey, CheckpointSigner } from '../ports.ts';
import { type LogKey, logKey } from './log-signer.ts';

export interface CheckpointSignerOptions {
  /** The start of a new log's origin: a URL without its scheme. */
  readonly installation: string;
  readonly profile: SigningProfile;
  /** 32 bytes a version, the same in every process. */
  readonly secretOf: (version: number) => Promise<Uint8Array>;
  /** When the key was replaced for the nth time, from 0, in ISO 8601; undefined where it has not been. */
  readonly rotatedAt: (nth: number) => Promise<string | undefined>;
}

/** Signs with the newest key, and knows all that came before: they are derived, so no rotation loses one. */
export function createCheckpointSigner(options: CheckpointSignerOptions): CheckpointSigner {
  const { installation, profile, rotatedAt, secretOf } = options;
  const made = new Map<number, LogKey>();
  const rotations: string[] = [];
  const keyOf = async (version: number): Promise<LogKey> => {
    const key = made.get(version) ?? logKey(await secretOf(version), profile);
    made.set(version, key);
    return key;
  };
  return {
    installation,
    keys: async () => {
      for (let nth = rotations.length; ; nth++) {
        const at = await rotatedAt(nth);
        if (at === undefined) break;
        rotations[nth] = at;
      }
      return Array.from({ length: rotations.length + 1 }, (_, index) => validity(rotations, index));
    },
    note: async (checkpoint, { seconds, version }) => (await keyOf(version)).note(checkpoint, seconds),
    verifierKeys: async (version, name) => (await keyOf(version)).verifierKeys(name),
  };
}

function validity(rotations: readonly string[], index: number): CheckpointKey {
  const [from, until] = [rotations[index - 1], rotations[index]];
  return { version: index + 1, ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}
