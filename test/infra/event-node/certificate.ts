import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** DER (X.690): tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 128) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.from(content.length.toString(16).padStart(4, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x82]), length, content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const time = (text: string): Buffer => der(0x17, Buffer.from(text));

const ecdsaWithSha256 = sequence(hex('06082a8648ce3d040302'));
const localhost = sequence(der(0x31, sequence(hex('0603550403'), der(0x0c, Buffer.from('localhost')))));

/** Alternative names 127.0.0.1 and localhost, and that it is a certificate authority: its own. */
const extensions = sequence(
  sequence(
    hex('0603551d11'),
    der(0x04, sequence(der(0x87, Buffer.from([127, 0, 0, 1])), der(0x82, Buffer.from('localhost')))),
  ),
  sequence(hex('0603551d13'), hex('0101ff'), der(0x04, sequence(hex('0101ff')))),
);

/** Writes a certificate for loopback, signed by its own key (RFC 5280), and the key. */
export function writeCertificate(dir: string): { readonly certFile: string; readonly keyFile: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = sequence(
    der(0xa0, hex('020102')),
    hex('020101'),
    ecdsaWithSha256,
    localhost,
    sequence(time('200101000000Z'), time('491231235959Z')),
    localhost,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const certFile = join(dir, 'cert.pem');
  const keyFile = join(dir, 'key.pem');
  const base64 = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n');
  writeFileSync(certFile, `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`);
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { certFile, keyFile };
}
