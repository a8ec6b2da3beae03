import type { Command } from 'commander';
import { openTools, type Tools } from '../app/tools.ts';
import { loadConfig } from '../config.ts';
import type { LogEvent } from '../kernel/log.ts';
import { holdStores } from './instance.ts';
import { CommandFailed, type Output, outputOf, table } from './output.ts';

/** Adds `log tail` and `log stats`. */
export function addLog(program: Command): void {
  const log = program.command('log').description('look at the event log itself');
  log
    .command('tail')
    .description('show the last events, and with --follow each new one; names and metadata, never values')
    .option('-n, --count <events>', 'how many of the last events', '20')
    .option('-f, --follow', 'go on with new events until Ctrl-C', false)
    .option('--type <prefix>', 'only events whose type starts with this')
    .action(async (options: TailOptions) => withLog(program, (tools, out) => tail(tools, out, options)));
  log
    .command('stats')
    .description('count events by type and streams by aggregate')
    .action(async () => withLog(program, stats));
}

interface TailOptions {
  readonly count: string;
  readonly follow: boolean;
  readonly type?: string;
}

/** Runs a piece of work with the log and the read models at hand, and lets go of them. */
export async function withLog(program: Command, work: (tools: Tools, out: Output) => Promise<void>): Promise<void> {
  const out = outputOf(program.opts<{ json: boolean }>().json);
  const config = loadConfig();
  const held = await holdStores(config, out.progress);
  const tools = await openTools(held.urls, config);
  try {
    await work(tools, out);
  } finally {
    await tools.close();
    await held.release();
  }
}

const pageSize = 500;

async function tail({ log }: Tools, out: Output, options: TailOptions): Promise<void> {
  const count = Number(options.count);
  if (!Number.isInteger(count) || count < 0) throw new CommandFailed('--count takes a whole number of events.');
  const wanted = (event: LogEvent): boolean => options.type === undefined || event.type.startsWith(options.type);
  const last: LogEvent[] = [];
  let after: bigint | undefined;
  for (;;) {
    const page = await log.readAll({ after, max: pageSize });
    last.push(...page.events.filter(wanted));
    last.splice(0, Math.max(0, last.length - count));
    after = page.next;
    if (page.caughtUp) break;
  }
  for (const event of last) show(out, event);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  while (options.follow && !stop.signal.aborted) {
    const page = await log.readAll({ after, max: pageSize });
    for (const event of page.events.filter(wanted)) show(out, event);
    after = page.next;
    if (page.caughtUp) await log.waitBeyond(after, stop.signal);
  }
}

function show(out: Output, event: LogEvent): void {
  const { at, actor, operation } = event.metadata as {
    at?: string;
    actor?: { type: string; id: string };
    operation?: string;
  };
  const { id, position, revision, stream, type } = event;
  const by = actor === undefined ? '' : `${actor.type}/${actor.id}`;
  out.result(
    { position, at, type, stream, revision, id, actor: by, operation },
    `${position}  ${at ?? ''}  ${type}  ${stream}@${revision}  ${by}`,
  );
}

async function stats({ log }: Tools, out: Output): Promise<void> {
  const types = new Map<string, number>();
  const streams = new Map<string, Set<string>>();
  let events = 0;
  let after: bigint | undefined;
  for (let caughtUp = false; !caughtUp; ) {
    const page = await log.readAll({ after, max: pageSize });
    for (const event of page.events) {
      events++;
      types.set(event.type, (types.get(event.type) ?? 0) + 1);
      const aggregate = event.stream.slice(0, event.stream.indexOf('-'));
      streams.set(aggregate, (streams.get(aggregate) ?? new Set()).add(event.stream));
    }
    if (events % 100_000 < page.events.length && events >= 100_000) out.progress(`${events} events read`);
    ({ next: after, caughtUp } = page);
  }
  const byType = Object.fromEntries([...types].sort(([a], [b]) => (a < b ? -1 : 1)));
  const byAggregate = Object.fromEntries([...streams].map(([name, set]) => [name, set.size]));
  const rows = Object.entries(byType).map(([type, count]) => [type, String(count)]);
  const text = `${events} events in ${[...streams.values()].reduce((sum, set) => sum + set.size, 0)} streams, up to position ${after ?? 0n}\n\n${table(['event type', 'events'], rows)}`;
  out.result({ events, position: after ?? null, byType, streams: byAggregate }, text);
}
