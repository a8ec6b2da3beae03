import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import { HoldId, SubjectId, SubjectType } from './fields.ts';

const anything = z.record(z.string(), z.unknown());
const subject = { subjectType: SubjectType, subjectId: SubjectId };

/** Whose personal data it is. */
export interface ErasureSubject {
  readonly subjectType: z.output<typeof SubjectType>;
  readonly subjectId: string;
}

export interface ErasureState {
  readonly status: 'absent' | 'requested' | 'withheld' | 'completed';
  readonly requestedAt: string;
  /** Those that kept it from being done. */
  readonly holds: readonly string[];
  readonly completedAt: string | undefined;
  readonly certificate: Readonly<Record<string, unknown>> | undefined;
  readonly signature: Readonly<Record<string, unknown>> | undefined;
}

const absent: ErasureState = {
  ...{ status: 'absent', requestedAt: '', holds: [] },
  ...{ completedAt: undefined, certificate: undefined, signature: undefined },
};

/** The erasure of what the audit knows of where somebody was and what they used. What they did stays. */
export const Erasure = aggregate({
  name: 'audit.Erasure',
  events: {
    Requested: z.object({ ...subject, reason: z.string() }),
    Withheld: z.object({ ...subject, holds: z.array(HoldId) }),
    /** The keys are gone. Without a certificate there was none: nothing had been kept of the subject. */
    Completed: z.object({
      ...subject,
      keyIds: z.array(z.string()),
      certificate: anything.optional(),
      signature: anything.optional(),
    }),
  },
  initial: () => absent,
  evolve: {
    Requested: (_, _event, { at }) => ({ ...absent, status: 'requested', requestedAt: at }),
    Withheld: (state, { holds }) => ({ ...state, status: 'withheld', holds }),
    Completed: (state, { certificate, signature }, { at }) => ({
      ...state,
      ...{ status: 'completed', completedAt: at, certificate, signature },
    }),
  },
});

/** The id of a subject's erasures. */
export function erasureId({ subjectId, subjectType }: ErasureSubject): string {
  return `${subjectType}/${subjectId}`;
}
