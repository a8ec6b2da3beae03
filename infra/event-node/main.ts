#!/usr/bin/env node
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { Command, InvalidArgumentError } from 'commander';
import { client } from './admin.ts';
import { type NodeOptions, type RunningNode, startNode } from './server.ts';
import { protocolVersion } from './service/about.ts';
import { backup } from './storage/backup.ts';
import { CannotOpen } from './storage/cannot-open.ts';
import { verify } from './storage/verify.ts';

interface ServeOptions {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly users?: string;
  readonly json: boolean;
  readonly stats: number;
}

/** One line for people, or one JSON document a line. */
function logger(json: boolean): (message: string, facts?: Readonly<Record<string, unknown>>) => void {
  return (message, facts = {}) => {
    const text = Object.entries(facts).map(([key, value]) => ` ${key}=${String(value)}`);
    process.stdout.write(json ? `${JSON.stringify({ msg: message, ...facts })}\n` : `${message}${text.join('')}\n`);
  };
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('a port is 0 to 65535.');
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('seconds are a number from 0 on.');
  return value;
}

function nodeOptions(options: ServeOptions, log: NodeOptions['log']): NodeOptions {
  const { tlsCert, tlsKey, users } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new CannotOpen('--tls-cert and --tls-key go together; give both.');
  if (users !== undefined && tlsCert === undefined)
    throw new CannotOpen(
      '--users needs TLS, without which clients send no credentials; give --tls-cert and --tls-key.',
    );
  return {
    dir: options.dir,
    host: options.host,
    port: options.port,
    ...(tlsCert !== undefined && tlsKey !== undefined && { tls: { certFile: tlsCert, keyFile: tlsKey } }),
    ...(users !== undefined && { usersFile: users }),
    ...(log !== undefined && { log }),
  };
}

async function serve(options: ServeOptions): Promise<void> {
  const log = logger(options.json);
  const node = await startNode(nodeOptions(options, log));
  const timer =
    options.stats > 0 ? setInterval(() => log('statistics', statistics(node)), options.stats * 1_000) : undefined;
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    clearInterval(timer);
    node.stop().then(
      async () => {
        // The last commit is made by the stop; where the disk fails it, that is told, and with its own status.
        if ((await Promise.race([node.failed, Promise.resolve()])) !== undefined) return;
        log('stopped', { signal });
        process.exit(0);
      },
      (error: Error) => fail(error),
    );
  };
  void node.failed.then(async (error) => {
    stopping = true;
    await node.stop();
    process.stderr.write(`\nkeyledger-event-node: ${error.message}\n`);
    process.exit(4);
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  log('ready', { port: node.port, url: node.url, pid: process.pid, position: node.store.durable });
}

function statistics(node: RunningNode): Readonly<Record<string, unknown>> {
  const { commits, written } = node.store.counters;
  return { position: node.store.durable, commits, written, rssBytes: process.memoryUsage().rss };
}

function fail(error: unknown): never {
  // LMDB begins a line of its own where the disk refuses it something.
  const lead = (error as Error).cause === undefined ? '' : '\n';
  process.stderr.write(`${lead}keyledger-event-node: ${(error as Error).message}\n`);
  process.exit(error instanceof CannotOpen ? 2 : 1);
}

const program = new Command('keyledger-event-node')
  .description('A single node that speaks the EventStoreDB gRPC protocol and stores durably on LMDB.')
  .version(`keyledger-event-node, protocol ${protocolVersion}`)
  .showHelpAfterError('(--help lists the options)');

program
  .command('serve', { isDefault: true })
  .description('serve a directory (the default command)')
  .requiredOption('--dir <directory>', 'where the events are kept; made where it does not exist')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on; 0 takes a free one', port, 2113)
  .option('--tls-cert <file>', 'certificate chain, PEM')
  .option('--tls-key <file>', 'private key, PEM')
  .option('--users <file>', 'JSON file of users: {"<name>": {"password": "<text>", "groups": ["$admins"]}}')
  .option('--json', 'one JSON document a line instead of text', false)
  .option('--stats <seconds>', 'write statistics this often; 0 for never', seconds, 0)
  .action((options: ServeOptions) => serve(options).catch(fail));

program
  .command('backup')
  .description('copy a directory consistently, also while a node serves it')
  .requiredOption('--dir <directory>', 'the directory to copy')
  .requiredOption('--to <directory>', 'where to; must not exist')
  .action((options: { dir: string; to: string }) =>
    backup(options.dir, options.to)
      .then(({ lastPosition }) => {
        process.stdout.write(`backed up to ${options.to}, last position ${lastPosition}\n`);
      })
      .catch(fail),
  );

program
  .command('verify')
  .description(
    'read every event of a directory, prove its checksum, and that the tables lead to it; status 3 where not',
  )
  .requiredOption('--dir <directory>', 'the directory to read')
  .action(async (options: { dir: string }) => {
    const result = await verify(options.dir, (events) => process.stderr.write(`\r${events} events`)).catch(fail);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    if (result.damaged.length + result.wrongEntries > 0) process.exitCode = 3;
  });

program
  .command('scavenge')
  .description('free the space of deleted, truncated and expired events of a running node')
  .requiredOption('--url <url>', 'the node, such as esdb://127.0.0.1:2113?tls=false')
  .action((options: { url: string }) =>
    client(options.url)
      .scavenge()
      .then(() => {
        process.stdout.write('scavenged\n');
      })
      .catch(fail),
  );

// The library's own lines on standard error would stand beside ours and say less.
setLogVerbosity(logVerbosity.NONE);
program.parseAsync().catch(fail);
