import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { type JWTPayload, SignJWT } from 'jose';
import { createAccessTokens } from '../../../src/kernel/crypto/access-tokens.ts';
import { ed25519KeyPair } from '../../../src/kernel/crypto/ed25519.ts';

const seed = randomBytes(32);
const issuer = 'https://keyledger.example';
const clock = { time: 1_760_000_000_000, now: () => clock.time };
const tokens = createAccessTokens({ seeds: [seed], issuer, clock, ttlSeconds: 300 });
const who = { tenant: 'acme', userId: 'u1', sessionId: 's1' };
const { privateKey, publicKey } = ed25519KeyPair(seed);

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('access tokens', () => {
  let token: string;
  let header: { readonly alg: string };
  let payload: JWTPayload;

  /** A token rightly signed by our own key, but with another header or payload. */
  const signed = (changedHeader: object, changedPayload: object = {}): Promise<string> =>
    new SignJWT({ ...payload, ...changedPayload })
      .setProtectedHeader({ ...header, ...changedHeader })
      .sign(privateKey, { crit: { 'urn:x': true } });

  beforeEach(async () => {
    clock.time = 1_760_000_000_000;
    token = (await tokens.issue(who)).token;
    const [first, second] = token.split('.');
    header = decoded(first) as typeof header;
    payload = decoded(second);
  });

  it('are accepted by every process of the installation until they end', async () => {
    const issued = await tokens.issue(who);
    expect(issued.expiresAt).to.equal(new Date(clock.time + 300_000).toISOString());
    const elsewhere = createAccessTokens({ seeds: [seed], issuer, clock, ttlSeconds: 60 });
    const seconds = clock.time / 1_000;
    expect(await elsewhere.verify(issued.token)).to.deep.equal({ ...who, issuedAt: seconds, expiresAt: seconds + 300 });
    clock.time += 299_999;
    for (const one of [tokens, elsewhere]) expect(await one.verify(issued.token)).to.include(who);
    clock.time += 1;
    const fresh = createAccessTokens({ seeds: [seed], issuer, clock, ttlSeconds: 300 });
    for (const one of [tokens, elsewhere, fresh]) expect(await one.verify(issued.token)).to.equal(undefined);
  });

  it('are signed by the newest key and accepted from older ones', async () => {
    const newer = createAccessTokens({ seeds: [randomBytes(32), seed], issuer, clock, ttlSeconds: 300 });
    expect(await newer.verify(token)).to.include(who);
    expect(await tokens.verify((await newer.issue(who)).token)).to.equal(undefined);
  });

  it('are refused without a signature', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      expect(await tokens.verify(`${encoded({ ...header, alg })}.${encoded(payload)}.`), alg).to.equal(undefined);
    }
    expect(await tokens.verify(token.slice(0, token.lastIndexOf('.') + 1))).to.equal(undefined);
  });

  it('are refused under HS256 with the public key as the secret', async () => {
    const input = `${encoded({ ...header, alg: 'HS256' })}.${encoded(payload)}`;
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const secrets = [publicKey.export({ format: 'pem', type: 'spki' }), spki, spki.subarray(-32)];
    for (const secret of secrets) {
      const mac = createHmac('sha256', secret).update(input).digest('base64url');
      expect(await tokens.verify(`${input}.${mac}`)).to.equal(undefined);
    }
  });

  it('are refused with a key brought along, or pointed to', async () => {
    const attacker = generateKeyPairSync('ed25519');
    const jwk = attacker.publicKey.export({ format: 'jwk' });
    for (const brought of [{ jwk }, { jku: 'https://x.example' }, { x5u: 'https://x.example' }, { x5c: ['MA=='] }]) {
      const forged = await new SignJWT(payload).setProtectedHeader({ ...header, ...brought }).sign(attacker.privateKey);
      expect(await tokens.verify(forged), 'forged').to.equal(undefined);
      expect(await tokens.verify(await signed(brought)), 'ours').to.equal(undefined);
    }
  });

  it('are refused with an odd key id, type or critical header, though signed by us', async () => {
    const odd = [
      { kid: undefined },
      { kid: '' },
      { kid: '__proto__' },
      { kid: '../../etc/passwd' },
      { kid: ['x'] },
      { typ: undefined },
      { typ: 'JWT' },
      { typ: 'application/at+jwt' },
      { alg: 'Ed25519' },
      { crit: ['urn:x'], 'urn:x': 1 },
      { b64: true },
      { cty: 'JWT' },
    ];
    for (const change of odd) {
      expect(await tokens.verify(await signed(change)), JSON.stringify(change)).to.equal(undefined);
    }
  });

  it('are refused with a claim missing or wrong, though signed by us', async () => {
    const wrong = [
      { aud: undefined },
      { aud: [issuer] },
      { aud: [issuer, 'other'] },
      { aud: 'other' },
      { iss: undefined },
      { iss: 'other' },
      { exp: undefined },
      { exp: String(payload.exp) },
      { iat: undefined },
      { sub: undefined },
      { sub: '' },
      { tid: undefined },
      { tid: 7 },
      { sid: undefined },
      { nbf: 1 },
      { role: 'owner' },
    ];
    for (const change of wrong) {
      expect(await tokens.verify(await signed({}, change)), JSON.stringify(change)).to.equal(undefined);
    }
    expect(await tokens.verify(await signed({}, {}))).to.include(who);
  });

  it('are refused with anything changed', async () => {
    const [first = '', second = '', third = ''] = token.split('.');
    const other = `${first}.${encoded({ ...payload, sub: 'u2' })}.${third}`;
    const bad = ['', '.', '..', 'x', `${token}.x`, `${first}.${second}`, other, `${token} `, ` ${token}`, `${token}=`];
    for (const text of bad) expect(await tokens.verify(text), text).to.equal(undefined);
    const spareBits = `${token.slice(0, -1)}${String.fromCharCode((token.codePointAt(token.length - 1) ?? 0) + 1)}`;
    expect(await tokens.verify(spareBits)).to.equal(undefined);
    const foreign = createAccessTokens({ seeds: [randomBytes(32)], issuer, clock, ttlSeconds: 300 });
    expect(await tokens.verify((await foreign.issue(who)).token)).to.equal(undefined);
  });
});
