import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Tools } from '../../app/tools.ts';
import { formatProof } from '../../kernel/proof/tlog-proof.ts';
import { withLog } from '../log.ts';
import { CommandFailed, type Output, table } from '../output.ts';

/** Adds `audit prove`, `replay`, `diff` and `who-did`. */
export function addLooks(program: Command, audit: Command): void {
  audit
    .command('prove <entry>')
    .description(
      'write a proof (C2SP tlog-proof) that an entry, by its event id, is in the log; "audit verify" checks it alone',
    )
    .option('-o, --output <file>', 'where to write it; <entry>.tlog-proof where absent')
    .action((entry: string, { output }: { output?: string }) =>
      withLog(program, (tools, out) => prove(tools, out, { entry, file: output ?? `${entry}.tlog-proof` })),
    );
  audit
    .command('replay')
    .description('build a read model as of a moment from the log, apart from the live one, and show its rows')
    .requiredOption('--at <moment>', 'a log position, or a time such as 2026-01-31T12:00:00Z')
    .requiredOption('--projection <name>', 'the read model; "projections status" names them')
    .action((options: { at: string; projection: string }) =>
      withLog(program, (tools, out) => replay(tools, out, options)),
    );
  audit
    .command('diff <a> <b>')
    .description('show what changed in the read models between two moments')
    .option('--projection <name...>', 'only these read models')
    .action((a: string, b: string, { projection }: { projection?: string[] }) =>
      withLog(program, (tools, out) => diff(tools, out, { a, b, names: projection })),
    );
  audit
    .command('who-did <secret>')
    .description('show who did what to a secret: changes, reads, and what was refused')
    .option('--version <n>', 'only what concerns this version')
    .option('--tenant <id>', 'only in this tenant; several may have a secret of one name')
    .action((secret: string, options: { version?: string; tenant?: string }) =>
      withLog(program, (tools, out) => whoDid(tools, out, { secret, ...options })),
    );
}

/** ISO 8601: a day in UTC, or a time with its offset. */
const aTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
/** Of a secret: more cannot be stored. */
const mostVersions = 2 ** 31 - 1;

async function prove(
  { audit }: Tools,
  out: Output,
  of: { readonly entry: string; readonly file: string },
): Promise<void> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(of.entry)) {
    throw new CommandFailed(`${of.entry} is no event id; lists of the audit show it as eventId or id.`);
  }
  const proof = await audit.prove(of.entry.toLowerCase());
  if (typeof proof === 'string') throw new CommandFailed(proof);
  try {
    writeFileSync(of.file, formatProof(proof));
  } catch (error) {
    throw new CommandFailed(`${of.file} cannot be written: ${(error as Error).message}`);
  }
  out.result({ file: of.file, index: proof.index }, `${of.file}: proves entry ${proof.index}`);
}

async function replay(
  tools: Tools,
  out: Output,
  { at, projection }: { readonly at: string; readonly projection: string },
): Promise<void> {
  const [name] = known(tools, [projection]);
  const position = await positionOf(tools, at);
  out.progress(`${name}: replaying the log up to position ${position}`);
  let rows = 0;
  await tools.audit.replay(name, position, ({ row, table: of }) => {
    rows++;
    out.result({ table: of, row }, `${of}  ${JSON.stringify(row)}`);
  });
  out.progress(`${rows} rows at position ${position}`);
}

async function diff(
  tools: Tools,
  out: Output,
  { a, b, names }: { readonly a: string; readonly b: string; readonly names: readonly string[] | undefined },
): Promise<void> {
  const between = [await positionOf(tools, a), await positionOf(tools, b)] as const;
  // The audit itself grows with every event: what it gained is the log between the two.
  const models = names ?? tools.projections.names.filter((name) => !name.startsWith('audit_'));
  let changes = 0;
  for (const name of known(tools, models)) {
    out.progress(`${name}: replaying the log twice`);
    await tools.audit.diff(name, between, ({ after, before, table: of }) => {
      changes++;
      const sides = [before && `- ${JSON.stringify(before)}`, after && `+ ${JSON.stringify(after)}`];
      out.result({ table: of, before, after }, [of, ...sides.filter((side) => side !== undefined)].join('\n'));
    });
  }
  out.progress(`${changes} rows differ between positions ${between[0]} and ${between[1]}`);
}

async function whoDid(
  { audit }: Tools,
  out: Output,
  of: { readonly secret: string; readonly version?: string; readonly tenant?: string },
): Promise<void> {
  const version = of.version === undefined ? undefined : Number(of.version);
  if (version !== undefined && !(Number.isInteger(version) && version >= 1 && version <= mostVersions))
    throw new CommandFailed('--version takes a whole number from 1 on.');
  const found = await audit.whoDid({ secretId: of.secret, version, tenant: of.tenant });
  if (found.length === 0) {
    const which = version === undefined ? '' : `version ${version} of `;
    const where = of.tenant === undefined ? '' : ` in tenant ${of.tenant}`;
    throw new CommandFailed(`Nothing is known of ${which}a secret ${of.secret}${where}.`);
  }
  const deeds = found.map((row) => ({
    tenant: row['tenant_id'],
    at: (row['at'] as Date).toISOString(),
    action: row['action'],
    version: row['version'],
    actor: `${String(row['actor_type'])}/${String(row['actor'])}`,
    source: row['source'],
    details: row['details'],
    eventId: row['event_id'],
    index: row['index'],
  }));
  const header = ['at', 'action', 'version', 'who', 'from', 'tenant', 'entry'];
  const cells = deeds.map(({ action, actor, at, index, source, tenant, version: of }) =>
    [at, action, of ?? '', actor, source ?? '', tenant, index ?? ''].map(String),
  );
  out.result({ secretId: of.secret, deeds }, table(header, cells));
}

/** Nothing can be said as of a moment that is still to come: not even that it would be as it is now. */
async function positionOf({ audit, log }: Tools, moment: string): Promise<bigint> {
  if (/^\d+$/.test(moment)) {
    const head = (await log.head()) ?? 0n;
    if (BigInt(moment) > head) throw new CommandFailed(`${moment} is beyond the log, which ends at position ${head}.`);
  } else if (!aTime.test(moment) || Number.isNaN(Date.parse(moment))) {
    throw new CommandFailed(`${moment} is neither a log position nor a time such as 2026-01-31T12:00:00Z.`);
  } else if (Date.parse(moment) > Date.now()) throw new CommandFailed(`${moment} is still to come.`);
  const position = await audit.positionOf(moment);
  if (position === undefined) throw new CommandFailed(`Nothing is on the log up to ${moment}.`);
  return position;
}

function known({ projections }: Tools, names: readonly string[]): readonly [string, ...string[]] {
  const unknown = names.find((name) => !projections.names.includes(name));
  if (unknown === undefined) return names as readonly [string, ...string[]];
  throw new CommandFailed(`There is no read model ${unknown}; there are ${projections.names.join(', ')}.`);
}
