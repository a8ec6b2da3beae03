import { parseStream } from '../../../kernel/codec.ts';
import { KeyDestroyed } from '../../../kernel/crypto/key-errors.ts';
import { OpenedPayload, openPayload, payloadSeal, SealedPayload } from '../../../kernel/payload.ts';
import type { Ports } from '../../../kernel/ports.ts';
import type { Row } from '../../../kernel/query.ts';
import type { PrunedPayloads } from './retention-run.ts';

/** Events of all contexts that may hold a sealed payload. */
export const typesWithPayload: readonly string[] = [
  'audit.ExternalEvent.Recorded',
  'identity.FederationEvent.Recorded',
];

/** Events that are read, or keys that are shredded, at once. */
const atOnce = 32;

/** Whether an entry's event is one that may hold a payload. */
export const hasPayload = (row: Row): boolean => typesWithPayload.includes(String(row['type']));

/** What such an event says on the log. */
export interface Said {
  readonly eventId: string;
  readonly data: unknown;
  readonly payload: SealedPayload | undefined;
}

/** What those of some entries say that may hold payloads. */
export function readSaid(ports: Pick<Ports, 'readEvent'>, tenant: string, rows: readonly Row[]): Promise<Said[]> {
  return eachOf(rows.filter(hasPayload), async (row) => {
    const eventId = String(row['event_id']);
    const { aggregate, id } = parseStream(String(row['stream'])) ?? { aggregate: '', id: '' };
    const stored = await ports.readEvent(aggregate, tenant, id, Number(row['revision']));
    if (stored?.id !== eventId) throw new Error(`the log has not the event ${eventId}`);
    const payload = SealedPayload.safeParse((stored.data as { readonly payload?: unknown })['payload']).data;
    return { eventId, data: stored.data, payload };
  });
}

/**
 * A payload in clear, with what shows that it is the one; undefined where its key was shredded.
 *
 * @throws {KeyUnknown | NotAuthentic | StoreUnavailable} nothing is taken for gone that was not shredded
 */
export async function openedOf(
  { sealer }: Pick<Ports, 'sealer'>,
  tenant: string,
  { sealed }: SealedPayload,
): Promise<OpenedPayload | undefined> {
  const seal = payloadSeal(sealed);
  if (seal === undefined) throw new Error('what should be a sealed payload is none');
  try {
    return OpenedPayload.parse(JSON.parse(await openPayload(sealer, tenant, seal)));
  } catch (error) {
    if (error instanceof KeyDestroyed) return undefined;
    throw error;
  }
}

/** Shreds the keys of the payloads of some entries, those that are gone already too. @throws {StoreUnavailable} */
export async function shredPayloads(
  ports: Pick<Ports, 'readEvent' | 'sealer'>,
  tenant: string,
  rows: readonly Row[],
): Promise<PrunedPayloads | undefined> {
  const said = await readSaid(ports, tenant, rows);
  const keyIds = said.flatMap(({ payload }) => payloadSeal(payload?.sealed ?? '')?.keyId ?? []);
  await shredKeys(ports, tenant, keyIds);
  return said.length === 0 ? undefined : { eventIds: said.map(({ eventId }) => eventId), keyIds };
}

/** Those that are gone already too. @throws {StoreUnavailable} */
export async function shredKeys(
  { sealer }: Pick<Ports, 'sealer'>,
  tenant: string,
  keyIds: readonly string[],
): Promise<void> {
  await eachOf(keyIds, (keyId) => sealer.shred(tenant, keyId));
}

async function eachOf<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let from = 0; from < all.length; from += atOnce) {
    done.push(...(await Promise.all(all.slice(from, from + atOnce).map(work))));
  }
  return done;
}
