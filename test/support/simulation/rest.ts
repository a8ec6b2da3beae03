import type { Clients } from './clients.ts';
import { Account, reactions } from './domain.ts';
import type { Installation } from './installation.ts';
import type { Server } from './server.ts';

/** What is still to come to rest, in words; empty once everything has. */
export function unrest(
  { node, postgres }: Installation,
  clients: Clients,
  servers: readonly Server[],
): readonly string[] {
  const events = node.all().map(({ event }) => event);
  const head = events.at(-1)?.position.commit ?? null;
  const rows = postgres.catalog.find('projections', ['kernel'])?.committed() ?? [];
  const behind = rows.filter((row) => row['position'] !== head || row['state'] !== 'live');
  const release = Math.max(...servers.map((server) => server.release));
  const old = rows.filter((row) => row['version'] !== release);
  const effects = postgres.catalog.find('effects', ['kernel'])?.committed() ?? [];
  const open = effects.filter((row) => row['status'] !== 'done');
  const expected = events.filter(({ type }) => type.startsWith(`${Account.name}.`)).length * reactions.length;
  return [
    ...clients.operations.filter(({ state }) => state === 'open').map(({ id }) => `${id} has no answer`),
    ...(rows.length < 3 ? ['read models are missing'] : []),
    ...behind.map((row) => `${row['name']} (${row['state']}) stands at ${row['position']} of ${head}`),
    ...old.map((row) => `${row['name']} is of release ${row['version']}`),
    ...open.map((row) => `effect ${row['effect_key']} is ${row['status']}`),
    ...(effects.length < expected ? [`${effects.length} of ${expected} effects are on record`] : []),
  ];
}
