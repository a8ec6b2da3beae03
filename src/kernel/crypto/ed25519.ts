import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** DER of a PKCS#8 private key and of a SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** A key pair from 32 secret bytes (RFC 8032). */
export function ed25519KeyPair(seed: Uint8Array): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (seed.length !== 32) throw new RangeError(`an Ed25519 seed has 32 bytes, not ${seed.length}`);
  const der = Buffer.concat([privatePrefix, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** The 32 bytes of a public key. */
export function ed25519PublicBytes(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length);
}

/** A public key from its 32 bytes. */
export function ed25519PublicKey(bytes: Uint8Array): KeyObject {
  if (bytes.length !== 32) throw new RangeError(`an Ed25519 public key has 32 bytes, not ${bytes.length}`);
  return createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: 'der', type: 'spki' });
}
