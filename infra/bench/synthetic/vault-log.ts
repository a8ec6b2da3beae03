import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { v5 as uuidv5 } from 'uuid';

/** Events of one secret's life and of what was asked of it. */
export const perSecret = 10;
const severalTenants = Array.from({ length: 10 }, (_, n) => `tenant-${n}`);
const namespace = '0d7f3c1e-52a4-4a53-8f0e-6a6a3a1f4c11';
const sealed = 'x'.repeat(540);
const from = Date.UTC(2026, 0, 1);

export const secretIdOf = (secret: number): string => `apps/service-${secret}/password`;

const users = Array.from({ length: 12 }, (_, n) => ({ type: 'user', id: uuidv5(`user ${n}`, namespace) }));

interface Written {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Five versions, three deprecated; behind them, twice, that it was read. None destroyed: its key is not there for a worker to shred. */
function lifeOf(secret: number): readonly Written[] {
  const secretId = secretIdOf(secret);
  const added = (version: number): Written => ({
    name: 'VersionAdded',
    data: {
      ...{ secretId, version, bytes: 400, origin: { kind: 'written' } },
      sealed: { keyId: uuidv5(`${secret}/${version}`, namespace), sealed },
      metadata: { reason: 'the yearly change', custom: { ticket: `OPS-${secret}` } },
    },
  });
  const deprecated = (version: number): Written => ({ name: 'VersionDeprecated', data: { secretId, version } });
  return [added(1), added(2), deprecated(1), added(3), deprecated(2), added(4), deprecated(3), added(5)];
}

const readOf = (secret: number): Written => ({
  name: 'Answered',
  data: {
    operation: 'vault.openSecretVersion',
    action: 'vault.secret.open',
    subject: secretIdOf(secret),
    status: 200,
    details: { version: 5 },
  },
});

function eventOf(aggregate: string, tenant: string, { data, name }: Written, unique: string) {
  const id = uuidv5(unique, namespace);
  const at = new Date(from + Number.parseInt(id.slice(0, 8), 16)).toISOString();
  const metadata = {
    tenant,
    at,
    actor: users[unique.length % users.length],
    operation: aggregate === 'audit.Request' ? 'vault.openSecretVersion' : 'vault.addSecretVersion',
    action: aggregate === 'audit.Request' ? 'vault.secret.open' : 'vault.secret.write',
    subject: data['secretId'] ?? data['subject'] ?? '',
    ...{ commandId: id, requestId: id, $correlationId: id, $causationId: id, schema: 1, salt: id.slice(0, 22) },
    ...{ source: '192.0.2.7', userAgent: 'bench/1', meter: 'vault.operations', units: 1 },
  };
  return jsonEvent({ id, type: `${aggregate}.${name}`, data, metadata });
}

/** Secrets of one writer that are on their way together. */
const together = 32;
const writers = 4;

/** Writes the lives of some secrets, and that they were read: what one day's stream of a tenant gets of it, in one append. */
async function write(client: EventStoreDBClient, secrets: readonly (readonly [string, number])[]): Promise<void> {
  const streams = new Map<string, ReturnType<typeof eventOf>[]>();
  for (const [tenant, secret] of secrets) {
    const facts = lifeOf(secret).map((fact, n) => eventOf('vault.Secret', tenant, fact, `${secret}-${n}`));
    streams.set(`vault.Secret-${tenant}.${secretIdOf(secret)}`, facts);
    const day = String(1 + (Math.floor(secret / together) % 28)).padStart(2, '0');
    const stream = `audit.Request-${tenant}.2026-01-${day}`;
    const asked = [0, 1].map((n) => eventOf('audit.Request', tenant, readOf(secret), `${secret}-asked-${n}`));
    streams.set(stream, [...(streams.get(stream) ?? []), ...asked]);
  }
  await Promise.all([...streams].map(([stream, events]) => client.appendToStream(stream, events)));
}

/** Where and how a log is filled. */
export interface Filling {
  /** Whose the secrets are, in turn. */
  readonly tenants?: readonly string[];
  /** Told how many secrets are written. */
  readonly told?: (secrets: number) => void;
}

/**
 * Fills a log with events as a vault writes them, past the product.
 *
 * @param secrets numbers of the first secret, and of the one behind the last; `perSecret` events each
 */
export async function fillLog(
  url: string,
  [first, end]: readonly [number, number],
  { tenants = severalTenants, told = () => undefined }: Filling = {},
): Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  let next = first;
  let written = 0;
  const writer = async (): Promise<void> => {
    while (next < end) {
      const from = next;
      next = Math.min(end, from + together);
      const secrets = Array.from({ length: next - from }, (_, n) => from + n);
      await write(
        client,
        secrets.map((secret) => [tenants[secret % tenants.length] ?? '', secret]),
      );
      written += secrets.length;
      told(written);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  await client.dispose();
}
