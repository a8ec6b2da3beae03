import { z } from 'zod';
import { alarmOf, Checkpoint, readModel, TreeName } from '../../src/domain/audit/checkpoint.ts';
import { type SigningNeed, signingNeed } from '../../src/domain/audit/signing.ts';
import { headFrom, rootsFrom, selectHead, selectTiles } from '../../src/domain/audit/tree-reads.ts';
import { command } from '../../src/kernel/command.ts';
import type { Ports } from '../../src/kernel/ports.ts';
import type { Checkpoint as Head } from '../../src/kernel/proof/checkpoint.ts';
import { originOf } from '../../src/kernel/proof/entry.ts';

type Prepared = Exclude<SigningNeed, { kind: 'sign' }> | { readonly kind: 'signed'; readonly signed: Signed };
type Signed = Parameters<typeof Checkpoint.events.Signed>[0];

export const recordCheckpoint = command({
  name: 'audit.recordCheckpoint',
  summary:
    'Signs the head of a tree, where anything happened since the last time. A head that does not grow from the signed one is refused, and alarmed.',
  input: z.strictObject({ tree: TreeName.default('log') }),
  output: z.object({ outcome: z.enum(['signed', 'unchanged', 'refused']), size: z.int(), root: z.string().optional() }),
  controls: {
    effect: 'change',
    permission: 'audit.checkpoint.record',
    audit: { action: 'audit.checkpoint.record', subject: ({ tree }) => tree },
  },
  aggregate: Checkpoint,
  stream: ({ tree }) => tree,
  prepare: async ({ last, origin }, { tree }, { now, ports, tenant }): Promise<Prepared> => {
    const [row] = await ports.read(tenant, selectHead(tree, tenant));
    const head = row === undefined ? undefined : headFrom(row);
    const version = (await ports.checkpointSigner.keys()).at(-1)?.version ?? 1;
    const leaves = [head, last].flatMap((of) => (of === undefined || of.size < 1 ? [] : [of.size - 1]));
    const tiles = await ports.read(tenant, selectTiles(tree, tenant, leaves));
    const need = signingNeed({ head, last, version, roots: rootsFrom(tiles) });
    if (need.kind !== 'sign') return need;
    const { position, root, size } = need.head;
    const checkpoint: Head = { origin: origin ?? originFor(ports, tree, tenant), size, root };
    const note = await ports.checkpointSigner.note(checkpoint, { version, seconds: secondsOf(now) });
    const signed = { size, root: root.toString('base64'), position: String(position), keyVersion: version };
    return { kind: 'signed', signed: { ...signed, origin: checkpoint.origin, note } };
  },
  decide: ({ alarm, last }, _, { prepared }) => {
    if (prepared.kind === 'signed') return [Checkpoint.events.Signed(prepared.signed)];
    if (prepared.kind === 'nothing') return [];
    const kept = { size: last?.size ?? 0, root: last?.root ?? '' };
    const view = { by: readModel, size: prepared.size, root: prepared.root, kept };
    return alarm === alarmOf(view) ? [] : [Checkpoint.events.SplitViewRefused({ ...view, evidence: '' })];
  },
  respond: ({ last }, _, { events, prepared }) => ({
    outcome: outcomeOf(prepared, events.length),
    size: last?.size ?? 0,
    ...(last === undefined ? {} : { root: last.root }),
  }),
});

function outcomeOf({ kind }: Prepared, events: number): 'signed' | 'unchanged' | 'refused' {
  if (kind === 'split') return 'refused';
  return events === 0 ? 'unchanged' : 'signed';
}

function originFor({ checkpointSigner: { installation } }: Ports, tree: 'log' | 'logs', tenant: string): string {
  return tree === 'log' ? originOf(installation, tenant) : `${installation}/audit-logs`;
}

const secondsOf = (now: string): number => Math.floor(Date.parse(now) / 1_000);
