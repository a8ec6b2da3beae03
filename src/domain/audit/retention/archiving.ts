import { parseStream } from '../../../kernel/codec.ts';
import { inclusionProof, type RangeRoot } from '../../../kernel/crypto/merkle.ts';
import type { Ports, SignedCheckpoint } from '../../../kernel/ports.ts';
import type { Row } from '../../../kernel/query.ts';
import { Request } from '../../../kernel/request.ts';
import { entryFrom } from '../entry-rows.ts';
import { rootsFrom, selectTiles } from '../tree-reads.ts';
import type { ArchivedEntry, ArchiveHead } from './archive-lines.ts';
import { selectPage } from './pages.ts';
import { openedOf, readSaid } from './payloads.ts';
import type { Selection } from './selection.ts';

const pageSize = 500;

type Reading = Pick<Ports, 'read' | 'readEvent' | 'readStream' | 'sealer'>;

/** What is put at the start of an archive, and what it is made of. */
export interface Archiving {
  readonly head: Omit<ArchiveHead, 'kind' | 'version' | 'checkpoint'>;
  readonly checkpoint: SignedCheckpoint;
  readonly selection: Selection;
  /** Told of each page. */
  readonly onPage: (entries: number) => Promise<void>;
}

/** The lines of an archive, made page by page; whatever the number of entries, one page is in memory. */
export async function* archiveLines(ports: Reading, archiving: Archiving): AsyncGenerator<Buffer> {
  const { checkpoint, head, selection } = archiving;
  yield line({ kind: 'keyledger.audit-archive', version: 1, ...head, checkpoint });
  let [from, entries] = [0, 0];
  for (;;) {
    const rows = await ports.read(selection.tenant, selectPage(selection, from, pageSize));
    if (rows.length === 0) break;
    const page = await archived(ports, rows, archiving);
    entries += rows.length;
    from = Number(rows.at(-1)?.['index']) + 1;
    yield Buffer.concat(page.map(line));
    await archiving.onPage(entries);
  }
  yield line({ kind: 'end', entries });
}

const line = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

async function archived(
  ports: Reading,
  rows: readonly Row[],
  { checkpoint: { size }, selection: { tenant } }: Archiving,
): Promise<readonly ArchivedEntry[]> {
  const leaves = [...rows.map((row) => Number(row['index'])), size - 1];
  const [tiles, requests, said] = await Promise.all([
    ports.read(tenant, selectTiles('log', tenant, leaves)),
    requestData(ports, tenant, rows),
    saidData(ports, tenant, rows),
  ]);
  const roots = rootsFrom(tiles);
  return rows.map((row) => {
    const eventId = String(row['event_id']);
    return { ...archivedEntry(row, roots, size), ...(requests.get(eventId) ?? said.get(eventId)) };
  });
}

function archivedEntry(row: Row, roots: RangeRoot, size: number): ArchivedEntry {
  const { data_commitment: committed, source, user_agent: userAgent } = row;
  const entry = entryFrom(row);
  return {
    entry,
    leaf: base64(row['leaf']),
    chain: base64(row['chain']),
    proof: inclusionProof(entry.index, size, roots).map(base64),
    salt: String(row['salt']),
    payload: {
      data: base64(committed),
      ...(typeof source === 'string' && { source }),
      ...(typeof userAgent === 'string' && { userAgent }),
    },
  };
}

const base64 = (bytes: unknown): string => (bytes as Buffer).toString('base64');

/** What an event says, and with it a payload in clear. */
type Told = Pick<ArchivedEntry, 'data' | 'opened'>;

/** What the facts about requests among some entries say, by event id: they may leave the log. */
async function requestData(
  { readStream }: Reading,
  tenant: string,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, Told>> {
  const spans = new Map<string, { from: number; to: number }>();
  for (const row of rows) {
    const { aggregate, id } = parseStream(String(row['stream'])) ?? { aggregate: '', id: '' };
    if (aggregate !== Request.name) continue;
    const revision = Number(row['revision']);
    const { from = revision, to = revision } = spans.get(id) ?? {};
    spans.set(id, { from: Math.min(from, revision), to: Math.max(to, revision) });
  }
  const data = new Map<string, Told>();
  for (const [day, { from, to }] of spans) {
    for await (const fact of readStream(Request.name, tenant, day, from)) {
      data.set(fact.id, { data: fact.data });
      if (fact.revision >= to) break;
    }
  }
  return data;
}

/** What events say whose payloads are about to be gone, and those payloads. */
async function saidData(ports: Reading, tenant: string, rows: readonly Row[]): Promise<ReadonlyMap<string, Told>> {
  const said = await readSaid(ports, tenant, rows);
  const told = said.map(async ({ data, eventId, payload }): Promise<readonly [string, Told]> => {
    const opened = payload && (await openedOf(ports, tenant, payload));
    return [eventId, { data, ...(opened && { opened }) }];
  });
  return new Map(await Promise.all(told));
}
