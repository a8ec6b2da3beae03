import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Sealed, Sealer } from './ports.ts';
import { commitment } from './proof/entry.ts';

/**
 * What others said in an event, in words of their own, as the log carries it: sealed under a data key of this event. With the key the content
 * is gone; entry, leaf and proofs are over what stands here.
 */
export const SealedPayload = z.object({
  /** `pl1.<key id>.<base64 of nonce, ciphertext and tag>` */
  sealed: z.string(),
  /** Base64 of SHA-256(salt || canonical JSON of the content). The salt is sealed with the content, so that nothing can be guessed. */
  commitment: z.string(),
});
export type SealedPayload = z.output<typeof SealedPayload>;

/** What is sealed. */
export const OpenedPayload = z.strictObject({ salt: z.string(), content: z.record(z.string(), z.unknown()) });
export type OpenedPayload = z.output<typeof OpenedPayload>;

type Content = OpenedPayload['content'];

const token = /^pl1\.([0-9a-f-]{36})\.([A-Za-z0-9+/=]+)$/;

/** The key's id is part of what is authenticated, and a key seals one payload. */
const contextOf = (tenant: string) => ({ tenant, type: 'payload', id: '', version: 1, purpose: 'payload' });

/** Seals a content under a key of its own; undefined where there is nothing to seal. @throws {StoreUnavailable} */
export async function sealPayload(
  sealer: Pick<Sealer, 'seal'>,
  tenant: string,
  content: Content,
): Promise<SealedPayload | undefined> {
  if (Object.keys(content).length === 0) return undefined;
  const opened: OpenedPayload = { salt: randomBytes(32).toString('base64url'), content };
  const { keyId, sealed } = await sealer.seal(contextOf(tenant), Buffer.from(JSON.stringify(opened)));
  return { sealed: `pl1.${keyId}.${sealed}`, commitment: committed(opened) };
}

/** What a sealed text is opened with; undefined for any other text. */
export function payloadSeal(text: string): Sealed | undefined {
  const [, keyId, sealed] = token.exec(text) ?? [];
  return keyId === undefined || sealed === undefined ? undefined : { keyId, sealed };
}

/** The JSON of an opened payload. @throws {KeyDestroyed} @throws {NotAuthentic} @throws {StoreUnavailable} */
export async function openPayload(sealer: Pick<Sealer, 'open'>, tenant: string, seal: Sealed): Promise<string> {
  return (await sealer.open(contextOf(tenant), seal)).toString('utf8');
}

/** The content of a payload that was opened where it is shown; empty where its key is gone, or none was sealed. */
export function contentIn(opened: unknown): Content {
  return typeof opened === 'string' ? OpenedPayload.parse(JSON.parse(opened)).content : {};
}

/** Whether an opened payload is the one that was committed to. */
export function isPayload(opened: OpenedPayload, { commitment: expected }: SealedPayload): boolean {
  return committed(opened) === expected;
}

const committed = ({ content, salt }: OpenedPayload): string => commitment(salt, content).toString('base64');
