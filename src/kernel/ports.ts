import type { ArchiveStore } from './archive.ts';
import type { Directory } from './directory.ts';
import type { EventStreams } from './event-streams.ts';
import type { LogEvent } from './log.ts';
import type { MakePdf } from './pdf.ts';
import type { PersonalData } from './personal.ts';
import type { Principal } from './principal.ts';
import type { Checkpoint } from './proof/checkpoint.ts';
import type { Row } from './query.ts';
import type { Sql } from './sql.ts';

/** One injected clock; nothing else in the product asks for the time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Names what a sealed value belongs to; becomes the additional data, so that two ciphertexts cannot be swapped. */
export interface SealContext {
  readonly tenant: string;
  /** What kind of thing, such as `vault.secret`. */
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly purpose: string;
}

/** A ciphertext as events carry it. */
export interface Sealed {
  /** The data key that opens it; destroying that key destroys the value. */
  readonly keyId: string;
  /** Base64: nonce, ciphertext and tag. */
  readonly sealed: string;
}

/** Sealing under the key hierarchy: root key, tenant key-encryption key, one data key a value. */
export interface Sealer {
  /** Seals under a data key of its own, which is durable before this resolves. */
  seal(context: SealContext, plaintext: Uint8Array): Promise<Sealed>;
  /** @throws {KeyDestroyed} the data key was shredded */
  open(context: SealContext, value: Sealed): Promise<Buffer>;
  /** Destroys a data key for ever. Shredding one that is gone already succeeds. */
  shred(tenant: string, keyId: string): Promise<void>;
  /** 32 bytes keyed for tenant and purpose, stable over rotation of the tenant's key-encryption key. */
  mac(tenant: string, purpose: string, message: Uint8Array): Promise<Buffer>;
}

/** Password hashing. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes the same time for an unknown user: pass `undefined` as the hash. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
}

/** Access tokens of this installation. */
export interface AccessTokens {
  issue(claims: {
    readonly tenant: string;
    readonly userId: string;
    readonly sessionId: string;
  }): Promise<{ readonly token: string; readonly expiresAt: string }>;
}

/** A detached hybrid signature (Ed25519 and ML-DSA) over a document's canonical JSON. */
export interface DocumentSigner {
  sign(purpose: string, document: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  /** Public keys by id, for verification away from here. */
  publicKeys(): Promise<Readonly<Record<string, unknown>>>;
}

/** A key the audit's checkpoints are signed with, and when it was the one: from the start, or until now, where absent. ISO 8601. */
export interface CheckpointKey {
  readonly version: number;
  readonly from?: string;
  readonly until?: string;
}

/** Signs the heads of the audit's trees. */
export interface CheckpointSigner {
  /** The start of a new log's origin. */
  readonly installation: string;
  /** Every key there was, oldest first; the last one signs. */
  keys(): Promise<readonly CheckpointKey[]>;
  /** The signed note (C2SP signed-note) of a checkpoint. `seconds` is POSIX time. */
  note(checkpoint: Checkpoint, by: { readonly version: number; readonly seconds: number }): Promise<string>;
  /** The public keys of one version, for a log of this name. */
  verifierKeys(version: number, name: string): Promise<readonly string[]>;
}

export interface SignedCheckpoint {
  readonly size: number;
  /** RFC 6962 root, base64. */
  readonly root: string;
  /** The signed note, with the witnesses' cosignatures. */
  readonly note: string;
}

/** All that endpoints may ask of the outside during `prepare` and `perform`. Filled in the composition root. */
export interface Ports {
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly passwords: Passwords;
  readonly tokens: AccessTokens;
  readonly directory: Directory;
  readonly signer: DocumentSigner;
  readonly checkpointSigner: CheckpointSigner;
  /**
   * Signs a checkpoint of the tenant's audit log now, once all up to the position is in it; the newest one where nothing has
   * happened since.
   *
   * @throws {StoreUnavailable} the read models are too far behind
   */
  readonly checkpointNow: (tenant: string, position?: bigint) => Promise<SignedCheckpoint>;
  readonly pdf: MakePdf;
  /** Rows of read models under the tenant's row-level security, for what is more than one page. @throws {StoreUnavailable} */
  readonly read: (tenant: string, statement: Sql) => Promise<readonly Row[]>;
  /** Resolves when the read models have seen a position of the log: false where that takes longer than some seconds. */
  readonly haveSeen: (readModels: readonly string[], position: bigint) => Promise<boolean>;
  /** One event of one of the caller's streams, by revision. */
  readonly readEvent: (
    aggregate: string,
    tenant: string,
    id: string,
    revision: number,
  ) => Promise<LogEvent | undefined>;
  /** All events of one of the caller's streams, from a revision (inclusive), oldest first. */
  readonly readStream: (aggregate: string, tenant: string, id: string, from?: number) => AsyncIterable<LogEvent>;
  /** Takes the facts about requests of a tenant's past day from the log, up to a revision (exclusive). No other stream can be truncated. */
  readonly truncateRequests: (tenant: string, day: string, beforeRevision: number) => Promise<void>;
  readonly archive: ArchiveStore;
  readonly personal: PersonalData;
  readonly streams: EventStreams;
}

/** Answers from outside the request's own aggregate, asked by the pipeline. */
export interface Gates {
  /** Who a credential belongs to; a rejection code where it is not accepted. */
  authenticate(credential: Credential): Promise<Principal | undefined>;
  /** Whether the tenant may act at all and has the feature. */
  entitlement(tenant: string, feature: string): EntitlementAnswer | Promise<EntitlementAnswer>;
  rate(key: string): Promise<RateAnswer>;
  reserve(tenant: string, meter: string, cost: number, id: string): Promise<QuotaAnswer>;
  commit(tenant: string, meter: string, id: string): Promise<void>;
  release(tenant: string, meter: string, id: string): Promise<void>;
}

export interface Credential {
  readonly scheme: 'bearer' | 'agent-secret';
  readonly value: string;
}

export interface EntitlementAnswer {
  readonly allowed: boolean;
  /** The cheapest plan that has the feature. */
  readonly neededPlan?: string;
}

export interface RateAnswer {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window is new. */
  readonly resetSeconds: number;
}

export interface QuotaAnswer {
  readonly allowed: boolean;
  readonly limit: number | undefined;
  readonly used: number;
  readonly resetSeconds: number;
}

/** What the pipeline needs of a request, whichever way it came. */
export interface RequestInfo {
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  readonly sourceAddress: string | undefined;
  readonly userAgent: string | undefined;
  /** W3C trace context. */
  readonly traceparent: string | undefined;
  /** Log position a read must have seen. */
  readonly waitFor: bigint | undefined;
  /** The event or command that caused this, where a reaction or worker asks. */
  readonly causationId: string | undefined;
  readonly correlationId: string | undefined;
}
