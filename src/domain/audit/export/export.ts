import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import { exportFormats, SignedManifest } from './manifest.ts';

export interface ExportState {
  readonly manifest: SignedManifest | undefined;
}

/** An export of the audit that was made to its end: who asked is in the event's metadata, what was in it here. */
export const Export = aggregate({
  name: 'audit.Export',
  events: {
    Recorded: z.object({
      exportId: z.uuid(),
      format: z.enum(exportFormats),
      since: z.string().optional(),
      until: z.string().optional(),
      entries: z.int(),
      /** Of the file as it was sent. */
      bytes: z.int(),
      sha256: z.hex(),
      manifest: SignedManifest,
    }),
  },
  initial: (): ExportState => ({ manifest: undefined }),
  evolve: { Recorded: (_, { manifest }) => ({ manifest }) },
});
