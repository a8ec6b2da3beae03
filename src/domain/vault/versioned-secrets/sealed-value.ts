import type { z } from 'zod';
import type { Fact } from '../../../kernel/aggregate.ts';
import type { Ports, SealContext, Sealed } from '../../../kernel/ports.ts';
import { isRejection, type Rejection } from '../../../kernel/rejection.ts';
import { versionDestroyed } from './lookups.ts';
import type { Secret } from './secret.ts';
import { type ReadingPorts, readStored } from './stored-event.ts';
import type { VersionRecord } from './version-record.ts';

type SealingPorts = Pick<Ports, 'sealer'>;
type OpeningPorts = SealingPorts & ReadingPorts;

/** Which version a value belongs to; bound into its ciphertext. */
export interface VersionPlace {
  readonly tenant: string;
  readonly secretId: string;
  readonly version: number;
}

/** What `prepare` hands to `decide`: ciphertext, and the clear value's length. */
export interface SealedValue {
  readonly sealed: Sealed;
  readonly bytes: number;
}

export interface OpenedVersion {
  /** The clear value; the caller wipes it. */
  readonly value: Buffer;
  readonly added: z.output<typeof Secret.schemas.VersionAdded>;
  readonly fact: Fact;
}

function contextOf({ tenant, secretId, version }: VersionPlace): SealContext {
  return { tenant, type: 'vault.secret', id: secretId, version, purpose: 'value' };
}

/** Seals a value for its version under a data key of its own, and wipes the bytes given. */
export async function sealValue(ports: SealingPorts, place: VersionPlace, value: Buffer): Promise<SealedValue> {
  try {
    return { sealed: await ports.sealer.seal(contextOf(place), value), bytes: value.length };
  } finally {
    value.fill(0);
  }
}

/** Reads a version's event and opens its value. A key shredded since the version was looked up makes it destroyed. */
export async function openValue(
  ports: OpeningPorts,
  place: VersionPlace,
  record: VersionRecord,
): Promise<OpenedVersion | Rejection<'VersionDestroyed'>> {
  const { added, fact } = await readAdded(ports, place, record);
  try {
    return { value: await ports.sealer.open(contextOf(place), added.sealed), added, fact };
  } catch (error) {
    if (isKeyDestroyed(error)) return versionDestroyed(place.version);
    throw error;
  }
}

/** The event that added a version, with its sealed value. */
export async function readAdded(
  ports: ReadingPorts,
  place: VersionPlace,
  record: VersionRecord,
): Promise<Pick<OpenedVersion, 'added' | 'fact'>> {
  const { data, fact } = await readStored(ports, place, { name: 'VersionAdded', revision: record.addedRevision });
  return { added: data, fact };
}

function isKeyDestroyed(error: unknown): boolean {
  return error instanceof Error && error.name === 'KeyDestroyed';
}

/** 32 bytes that are equal for equal values of one secret, and say nothing without the tenant's key. */
export async function valueMac(
  ports: OpeningPorts,
  place: VersionPlace,
  record: VersionRecord,
): Promise<Buffer | Rejection<'VersionDestroyed'>> {
  const opened = await openValue(ports, place, record);
  if (isRejection(opened)) return opened;
  const id = Buffer.from(place.secretId);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(id.length);
  const message = Buffer.concat([length, id, opened.value]);
  opened.value.fill(0);
  try {
    return await ports.sealer.mac(place.tenant, 'vault.secret-compare', message);
  } finally {
    message.fill(0);
  }
}
