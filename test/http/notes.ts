import { z } from 'zod';
import { aggregate } from '../../src/kernel/aggregate.ts';
import { command } from '../../src/kernel/command.ts';
import type { Route } from '../../src/kernel/endpoint.ts';
import { file, fileOutput } from '../../src/kernel/file.ts';
import { operation } from '../../src/kernel/operation.ts';
import type { AnyEndpoint } from '../../src/kernel/pipeline/answer.ts';
import { query } from '../../src/kernel/query.ts';
import type { Found, Registry } from '../../src/kernel/registry.ts';
import { reject } from '../../src/kernel/rejection.ts';
import { sql } from '../../src/kernel/sql.ts';
import { StoreUnavailable } from '../../src/kernel/unavailable.ts';

interface NoteState {
  readonly version: number;
  readonly text: string;
}

/** A small aggregate to send over HTTP. */
export const Note = aggregate({
  name: 'test.Note',
  events: { Written: z.object({ text: z.string() }) },
  initial: (): NoteState => ({ version: 0, text: '' }),
  evolve: { Written: ({ version }, { text }) => ({ version: version + 1, text }) },
});

const noteId = z.string().max(100);

/** Writes a note, with compare-and-set. */
const writeNote = command({
  name: 'test.writeNote',
  summary: 'Writes a note.',
  route: 'PUT /vault/v1/notes/:noteId',
  aliases: ['PUT /v1/notes/:noteId'],
  input: z.strictObject({ noteId, text: z.string().max(200_000), ifVersion: z.int().optional() }),
  output: z.object({ noteId: z.string(), version: z.int() }),
  controls: {
    effect: 'change',
    permission: 'test.note.write',
    billable: 'test.note',
    audit: { action: 'test.note.write', subject: ({ noteId }) => noteId },
  },
  rejections: { VersionMismatch: 409 },
  aggregate: Note,
  stream: ({ noteId }) => noteId,
  decide: (note, { text, ifVersion }) =>
    ifVersion !== undefined && ifVersion !== note.version
      ? reject('VersionMismatch', 'The note has changed.', { currentVersion: note.version })
      : [Note.events.Written({ text })],
  respond: (note, { noteId }) => ({ noteId, version: note.version }),
});

const removal = {
  effect: 'use',
  permission: 'test.note.write',
  audit: { action: 'test.note', subject: () => 'note' },
} as const;

const echoInput = z.strictObject({
  id: z.string().optional(),
  tag: z.union([z.string(), z.array(z.string())]).optional(),
  limit: z.coerce.number().int().max(500).optional(),
  reason: z.string().optional(),
  password: z.string().min(12).optional(),
});

/** An operation that gives back what it was asked, at a route of the test's choice. */
function echo(name: string, route: Route, more: { entitlement?: string; maxBodyBytes?: number } = {}) {
  const { entitlement, ...rest } = more;
  return operation({
    name,
    summary: 'Gives back what it was asked.',
    route,
    input: echoInput,
    output: z.object({ at: z.string(), input: z.record(z.string(), z.unknown()), traceparent: z.string().optional() }),
    controls: { ...removal, ...(entitlement === undefined ? {} : { entitlement }) },
    perform: async (_state, input) => ({ at: route, input: { ...input, password: undefined } }),
    ...rest,
  });
}

const exportNotes = operation({
  name: 'test.exportNotes',
  summary: 'Notes as a file.',
  route: 'GET /api/audit/notes-export',
  input: z.strictObject({}),
  output: fileOutput('text/csv; charset=utf-8'),
  controls: { ...removal, effect: 'read' },
  perform: async () => file('text/csv; charset=utf-8', 'a,b\r\n', 'nötes "1".csv'),
});

/** Parts of 64 KiB that were made for the stream `id`, and whether its maker was let go of. */
export const made = new Map<string, { parts: number; ended: boolean }>();

async function* parts(id: string, count: number, breaksAt: number): AsyncGenerator<Buffer> {
  const seen = { parts: 0, ended: false };
  made.set(id, seen);
  try {
    for (let part = 0; part < count; part++) {
      if (part === breaksAt) throw new StoreUnavailable('the store went away');
      seen.parts++;
      yield Buffer.alloc(65_536, part);
    }
  } finally {
    seen.ended = true;
  }
}

const streamNotes = operation({
  name: 'test.streamNotes',
  summary: 'Notes as a file that is made while it is sent.',
  route: 'GET /api/audit/notes-stream',
  input: z.strictObject({ noteId, count: z.coerce.number(), breaksAt: z.coerce.number().default(-1) }),
  output: fileOutput('application/octet-stream'),
  controls: { ...removal, effect: 'read' },
  perform: async (_state, { breaksAt, count, noteId }) =>
    file('application/octet-stream', parts(noteId, count, breaksAt), 'notes.bin', {
      describedBy: `/api/audit/notes/${noteId}`,
      conclusion: {
        aggregate: Note,
        id: noteId,
        events: async ({ bytes, sha256 }) => [Note.events.Written({ text: `${bytes} ${sha256}` })],
      },
    }),
});

const emptyQueue = operation({
  name: 'test.claimJob',
  summary: 'The next job, if there is one.',
  route: 'POST /api/v1/jobs/claim',
  input: z.strictObject({}),
  output: z.object({ id: z.string() }).nullable(),
  controls: removal,
  perform: async () => null,
});

const slow = operation({
  name: 'test.wait',
  summary: 'Answers when it is told.',
  route: 'POST /vault/v1/waits',
  input: z.strictObject({}),
  output: z.object({ done: z.boolean() }),
  controls: removal,
  perform: async () => {
    await gate.opened;
    return { done: true };
  },
});

const broken = operation({
  name: 'test.break',
  summary: 'Has a bug.',
  route: 'POST /vault/v1/broken',
  input: z.strictObject({ password: z.string() }),
  output: z.object({}),
  controls: removal,
  perform: async (_state, { password }) => {
    throw new Error(`bug near Bearer ${password}`);
  },
});

const login = operation({
  name: 'test.login',
  summary: 'Finds out who calls.',
  route: 'POST /api/auth/login',
  input: z.strictObject({ email: z.string(), password: z.string().min(12) }),
  output: z.object({ token: z.string() }),
  controls: { ...removal, permission: 'public' },
  identify: async ({ email }) =>
    email === 'known'
      ? { tenant: 't', actor: { type: 'user', id: 'u' }, permissions: [], credentialId: undefined }
      : undefined,
  perform: async () => ({ token: 'once' }),
});

const listNotes = query({
  name: 'test.listNotes',
  summary: 'Notes, by id.',
  route: 'GET /api/ledger',
  input: z.strictObject({ kind: z.string().optional() }),
  output: z.object({ items: z.array(z.object({ id: z.string() })) }),
  controls: { permission: 'test.note.read', audit: 'none' },
  reads: 'notes',
  page: { by: ['id'], direction: 'asc', defaultLimit: 2, maxLimit: 10 },
  run: () => sql`select 1`,
  respond: (rows) => ({ items: rows.map((row) => ({ id: String(row['id']) })) }),
});

export const gate = openable();

function openable(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const endpoints = [
  writeNote,
  echo('test.byId', 'GET /vault/v1/things/:id'),
  echo('test.stats', 'GET /vault/v1/things/stats'),
  echo('test.create', 'POST /vault/v1/things/:id', { maxBodyBytes: 1_000 }),
  echo('test.remove', 'DELETE /vault/v1/things/:id'),
  echo('test.scan', 'POST /api/assets/discovery/scan', { entitlement: 'discovery' }),
  echo('test.tenants', 'POST /v1/tenants', { entitlement: 'tenants' }),
  echo('test.role', 'POST /api/v1/roles'),
  echo('test.payout', 'POST /api/payouts'),
  exportNotes,
  streamNotes,
  emptyQueue,
  slow,
  broken,
  login,
  listNotes,
] as unknown as readonly AnyEndpoint[];

/** What `discover` would have found. */
export const notesRegistry: Pick<Registry, 'endpoints'> = {
  endpoints: endpoints.map((value): Found<AnyEndpoint> => ({ value, context: 'test', file: `test/${value.name}.ts` })),
};
