import type { RangeRoot } from '../../kernel/crypto/merkle.ts';
import type { SignedHead } from './checkpoint.ts';
import { growsFrom, rootAt, type TreeHead } from './tree-reads.ts';

/** What is to be done about the head of a tree. */
export type SigningNeed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'sign'; readonly head: TreeHead }
  /** The tree is not the one that was signed: its read model was changed, or made from another log. */
  | { readonly kind: 'split'; readonly size: number; readonly root: string };

/**
 * Decides whether a head may be signed. A read model that is behind what was signed is waited for; one that has read as far, and has
 * another tree, is refused.
 */
export function signingNeed(of: {
  readonly head: (TreeHead & { readonly seen: bigint }) | undefined;
  readonly last: SignedHead | undefined;
  /** Of the key that would sign. */
  readonly version: number;
  readonly roots: RangeRoot;
}): SigningNeed {
  const { head, last, roots, version } = of;
  if (head === undefined || head.size === 0) return { kind: 'nothing' };
  const split = { kind: 'split', size: head.size, root: head.root.toString('base64') } as const;
  if (last === undefined) {
    return rootAt(roots, head.size)?.equals(head.root) === true ? { kind: 'sign', head } : split;
  }
  if (head.seen < BigInt(last.position)) return { kind: 'nothing' };
  if (!growsFrom({ size: last.size, root: Buffer.from(last.root, 'base64') }, head, roots)) return split;
  if (head.notable <= last.size && version === last.keyVersion) return { kind: 'nothing' };
  return { kind: 'sign', head };
}
