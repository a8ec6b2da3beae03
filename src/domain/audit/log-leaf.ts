import { canonicalJson } from '../../kernel/crypto/canonical-json.ts';

/** A tenant's checkpoint as a leaf of the tree over all tenants' logs. */
export interface LogLeaf {
  readonly v: 1;
  readonly tenant: string;
  readonly origin: string;
  readonly size: number;
  /** RFC 6962 root, base64. */
  readonly root: string;
}

/** A leaf's data: canonical JSON (RFC 8785). */
export function logLeafText({ origin, root, size, tenant }: Omit<LogLeaf, 'v'>): string {
  return canonicalJson({ v: 1, tenant, origin, size, root });
}
