import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';

/** Which tree: `log` is the tenant's own, `logs` the platform's over the checkpoints of all tenants. */
export const TreeName = z.enum(['log', 'logs']);

const head = {
  /** Leaves in the tree. */
  size: z.int().min(0),
  /** RFC 6962 root, base64. */
  root: z.string(),
};

/** The head that was signed last. */
export interface SignedHead {
  readonly size: number;
  readonly root: string;
  /** Commit position of the last entry in it, in decimal. */
  readonly position: string;
  readonly keyVersion: number;
}

export interface CheckpointState {
  /** Names the log in its checkpoints, from the first one on. */
  readonly origin: string | undefined;
  readonly last: SignedHead | undefined;
  /** Public keys of the witnesses, by key id. */
  readonly witnesses: Readonly<Record<string, string>>;
  /** What the newest alarm was about, so that it is raised once. */
  readonly alarm: string | undefined;
}

/** Who shows a view that the read model itself has. */
export const readModel = 'read model';

/** What an alarm is about. The read model's own is one until a head is signed again, since its tree goes on to grow. */
export function alarmOf(of: {
  readonly by: string;
  readonly size: number;
  readonly root: string;
  readonly kept: { readonly root: string };
}): string {
  return of.by === readModel ? `${readModel} ${of.kept.root}` : `${of.by} ${of.size} ${of.root}`;
}

/** The signed heads of one tree, who witnesses them, and every view of the tree that was refused. The id is the tree's name. */
export const Checkpoint = aggregate({
  name: 'audit.Checkpoint',
  events: {
    Signed: z.object({
      ...head,
      origin: z.string(),
      position: z.string(),
      keyVersion: z.int().min(1),
      /** C2SP signed note. */
      note: z.string(),
    }),
    Cosigned: z.object({
      ...head,
      /** Signature lines of the note, by witnesses. */
      signatures: z.array(z.string()),
    }),
    /** `by` whom the other view was shown: a witness's name, or the read model. `kept` is the head that stands. */
    SplitViewRefused: z.object({ ...head, by: z.string(), kept: z.object(head), evidence: z.string() }),
    WitnessRegistered: z.object({ keyId: z.string(), name: z.string(), vkey: z.string() }),
    WitnessRemoved: z.object({ keyId: z.string() }),
  },
  initial: (): CheckpointState => ({ origin: undefined, last: undefined, witnesses: {}, alarm: undefined }),
  evolve: {
    Signed: (state, { keyVersion, origin, position, root, size }) => ({
      ...state,
      origin,
      last: { size, root, position, keyVersion },
    }),
    Cosigned: (state) => state,
    SplitViewRefused: (state, e) => ({ ...state, alarm: alarmOf(e) }),
    WitnessRegistered: (state, { keyId, vkey }) => ({ ...state, witnesses: { ...state.witnesses, [keyId]: vkey } }),
    WitnessRemoved: (state, { keyId: gone }) => ({
      ...state,
      witnesses: Object.fromEntries(Object.entries(state.witnesses).filter(([keyId]) => keyId !== gone)),
    }),
  },
  snapshot: {
    version: 1,
    every: 250,
    toJson: (state) => state,
    fromJson: (json) => {
      const { alarm, last, origin, witnesses } = json as Partial<CheckpointState>;
      return { alarm, last, origin, witnesses: witnesses ?? {} };
    },
  },
});
