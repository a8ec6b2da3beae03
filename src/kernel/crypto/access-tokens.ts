import { createHash, type KeyObject, randomUUID } from 'node:crypto';
import {
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type ProtectedHeaderParameters,
  SignJWT,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { AccessTokens, Clock } from '../ports.ts';
import { ed25519KeyPair, ed25519PublicBytes } from './ed25519.ts';

export interface AccessTokenSettings {
  /** Secret bytes of the signing keys, 32 each. The first signs, all verify. */
  readonly seeds: readonly [Uint8Array, ...Uint8Array[]];
  /** Who issues, and whom the tokens are for: the public URL, or another name of the installation. */
  readonly issuer: string;
  readonly clock: Clock;
  /** Life of a token. */
  readonly ttlSeconds: number;
}

/** What an accepted token says. */
export interface AccessClaims {
  readonly tenant: string;
  readonly userId: string;
  readonly sessionId: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export interface VerifyingAccessTokens extends AccessTokens {
  /** Undefined for whatever is not a living token of this installation; why is not told. */
  verify(token: string): Promise<AccessClaims | undefined>;
}

const algorithm = 'EdDSA';
const tokenType = 'at+jwt';

const header = z.strictObject({ alg: z.literal(algorithm), typ: z.literal(tokenType), kid: z.string() });
const text = z.string().min(1);
const payload = z.strictObject({
  iss: text,
  aud: z.string(),
  sub: text,
  tid: text,
  sid: text,
  jti: text,
  iat: z.int(),
  exp: z.int(),
});

/**
 * Access tokens as JWTs (RFC 7519, of the type of RFC 9068) signed with Ed25519 (RFC 8037). The algorithm is fixed by the key; a
 * header that says anything but algorithm, type and key id (`crit`, `jwk`, `jku`, `x5u`, `b64`, ...) is refused.
 */
export function createAccessTokens(settings: AccessTokenSettings): VerifyingAccessTokens {
  const keys = settings.seeds.map((seed) => {
    const { privateKey, publicKey } = ed25519KeyPair(seed);
    return { kid: kidOf(publicKey), privateKey, publicKey };
  });
  const known = new Map(keys.map(({ kid, publicKey }) => [kid, publicKey]));
  const signing = keys[0] as (typeof keys)[number];
  // A token comes with each request of its bearer, and its signature never changes: kept by hash, not in clear.
  const accepted = new LRUCache<string, AccessClaims>({ max: 20_000 });
  return {
    async issue({ tenant, userId, sessionId }) {
      const { clock, issuer, ttlSeconds } = settings;
      const iat = Math.floor(clock.now() / 1_000);
      const exp = iat + ttlSeconds;
      const claims = {
        iss: issuer,
        aud: issuer,
        sub: userId,
        tid: tenant,
        sid: sessionId,
        jti: randomUUID(),
        iat,
        exp,
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, typ: tokenType, kid: signing.kid })
        .sign(signing.privateKey);
      return { token, expiresAt: new Date(exp * 1_000).toISOString() };
    },
    async verify(token) {
      const name = createHash('sha256').update(token).digest('base64');
      const before = accepted.get(name);
      if (before !== undefined) return settings.clock.now() < before.expiresAt * 1_000 ? before : undefined;
      const claims = oneSpelling(token) ? claimsOf(await verified(token, known, settings)) : undefined;
      if (claims !== undefined) accepted.set(name, claims);
      return claims;
    },
  };
}

function kidOf(publicKey: KeyObject): string {
  return createHash('sha256').update(ed25519PublicBytes(publicKey)).digest('base64url').slice(0, 22);
}

/** Decoders pass over spaces, padding and spare bits; whoever keeps a list of tokens must not be told two names of one. */
function oneSpelling(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

/** The payload of a token whose header, signature, issuer, audience and times are right. */
async function verified(
  token: string,
  known: ReadonlyMap<string, KeyObject>,
  { issuer, clock }: AccessTokenSettings,
): Promise<JWTPayload | undefined> {
  const keyFor = (protectedHeader: ProtectedHeaderParameters): KeyObject => {
    const key = known.get(header.safeParse(protectedHeader).data?.kid ?? '');
    if (key === undefined) throw new errors.JWSInvalid('not a token of ours');
    return key;
  };
  const options: JWTVerifyOptions = {
    algorithms: [algorithm],
    typ: tokenType,
    issuer,
    audience: issuer,
    currentDate: new Date(clock.now()),
  };
  try {
    return (await jwtVerify(token, keyFor, options)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function claimsOf(verifiedPayload: JWTPayload | undefined): AccessClaims | undefined {
  const claims = payload.safeParse(verifiedPayload).data;
  if (claims === undefined) return undefined;
  const { tid, sub, sid, iat, exp } = claims;
  return { tenant: tid, userId: sub, sessionId: sid, issuedAt: iat, expiresAt: exp };
}
