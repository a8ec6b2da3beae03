import { canonicalJson } from '../../../kernel/crypto/canonical-json.ts';
import type { Context } from '../../../kernel/endpoint.ts';
import type { Ports } from '../../../kernel/ports.ts';
import { type ExportFormat, type ExportManifest, manifestPurpose, type SignedManifest } from './manifest.ts';
import type { ExportPlan } from './plan.ts';
import type { ExportRange } from './range.ts';
import type { EntryWalk } from './walk.ts';

/** What is known of an export before its first byte. */
export interface Asked extends ExportRange {
  readonly exportId: string;
  readonly format: ExportFormat;
  readonly plan: ExportPlan;
}

/** Signs what an export came to: a MAC for the installation itself, and a signature for everybody. */
export async function sealManifest(
  { sealer, signer }: Pick<Ports, 'sealer' | 'signer'>,
  { actor, now, tenant }: Pick<Context, 'actor' | 'now' | 'tenant'>,
  asked: Asked,
  made: { readonly walk: EntryWalk; readonly body: ExportManifest['body'] },
): Promise<SignedManifest> {
  const { plan, ...range } = asked;
  const { walk } = made;
  walk.segments.end();
  const described: Omit<ExportManifest, 'hmac'> = {
    kind: 'keyledger/audit-export',
    v: 1,
    ...range,
    requestedBy: { type: actor.type, id: actor.id },
    at: now,
    ...startOf(plan),
    chainAfter: walk.chain.toString('hex'),
    root: walk.root.toString('base64'),
    segments: { length: plan.segmentLength, roots: walk.segments.roots.map(base64) },
    body: made.body,
    checkpoint: { ...plan.checkpoint, consistency: plan.checkpoint.consistency.map(base64) },
  };
  const bare = JSON.parse(JSON.stringify(described)) as typeof described;
  const mac = await sealer.mac(tenant, 'audit export manifest', Buffer.from(canonicalJson(bare)));
  const document: ExportManifest = { ...bare, hmac: base64(mac) };
  return { document, purpose: manifestPurpose, signature: { ...(await signer.sign(manifestPurpose, document)) } };
}

/** Where an export begins, as its header says it. */
export function startOf({ end, origin, start }: ExportPlan): {
  readonly tenant: string;
  readonly origin: string;
  readonly from: number;
  readonly size: number;
  readonly chainBefore: string;
  readonly frontier: string[];
} {
  const { chain, frontier, tenant } = start;
  return {
    tenant,
    origin,
    from: frontier.size,
    size: end,
    chainBefore: chain.toString('hex'),
    frontier: frontier.roots.map(base64),
  };
}

const base64 = (bytes: Buffer): string => bytes.toString('base64');
