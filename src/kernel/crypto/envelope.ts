import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { lengthPrefixed, openBytes, sealBytes } from './aead.ts';
import { NotAuthentic } from './key-errors.ts';
import { openBox, sealTo } from './sealed-box.ts';

export interface EnvelopeContext {
  readonly purpose: string;
  /** The rule it was sealed under; empty where there is none. */
  readonly policy: string;
}

/** One message to several recipients. */
export interface Envelope {
  /** Fixes the message's key: no recipient can be shown another message than the rest. */
  readonly commitment: Buffer;
  readonly payload: Buffer;
  /** The message's key, sealed to each. */
  readonly boxes: readonly { readonly recipient: string; readonly box: Buffer }[];
}

/** Seals one message to several recipients, each by an X-Wing key of its own. */
export function sealEnvelope(
  recipients: readonly { readonly recipient: string; readonly publicKey: Uint8Array }[],
  context: EnvelopeContext,
  plaintext: Uint8Array,
): Envelope {
  const key = randomBytes(32);
  const { commitment, payloadKey } = derived(key, context);
  const boxes = recipients.map(({ recipient, publicKey }, index) => ({
    recipient,
    box: sealTo(publicKey, { ...context, recipient, index }, key),
  }));
  key.fill(0);
  return { commitment, payload: sealBytes(payloadKey, commitment, plaintext), boxes };
}

/**
 * Opens an envelope as one of its recipients.
 *
 * @throws {NotAuthentic} changed, not for this recipient, or with a key that is not the committed one
 */
export function openEnvelope(
  opener: { readonly recipient: string; readonly secretKey: Uint8Array },
  context: EnvelopeContext,
  envelope: Envelope,
): Buffer {
  const index = envelope.boxes.findIndex(({ recipient }) => recipient === opener.recipient);
  const box = envelope.boxes[index]?.box;
  if (box === undefined) throw new NotAuthentic('the envelope is not for this recipient');
  const key = openBox(opener.secretKey, { ...context, recipient: opener.recipient, index }, box);
  const { commitment, payloadKey } = derived(key, context);
  key.fill(0);
  if (envelope.commitment.length !== commitment.length || !timingSafeEqual(envelope.commitment, commitment)) {
    throw new NotAuthentic('the envelope holds another key than the one it is committed to');
  }
  return openBytes(payloadKey, commitment, envelope.payload);
}

function derived(
  key: Uint8Array,
  { purpose, policy }: EnvelopeContext,
): { readonly commitment: Buffer; readonly payloadKey: Uint8Array } {
  const part = (name: string): ArrayBuffer =>
    hkdfSync('sha256', key, '', lengthPrefixed(['keyledger envelope v1', name, purpose, policy]), 32);
  return { commitment: Buffer.from(part('commitment')), payloadKey: new Uint8Array(part('payload')) };
}
