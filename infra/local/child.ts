import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardProcess } from './guard.ts';
import { endProcess, identityOf, type Step } from './process-table.ts';
import { type Exit, StoreFailed } from './store.ts';

/** What to run, and how. */
export type ChildSpec = Readonly<{
  name: string;
  /** Holds the child's log (`NAME.log`) and the record by which a later start finds a leftover. */
  dir: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  user?: Readonly<{ uid: number; gid: number }> | undefined;
  /** The signals that end it, in order, each with its grace in milliseconds. */
  ending: readonly Step[];
  /** True to read the child's standard output; else it goes to the log as its errors do. */
  readsOutput?: boolean;
}>;

/** A running child. */
export type Child = Readonly<{
  process: ChildProcess;
  pid: number;
  exited: Promise<Exit>;
  stop: () => Promise<void>;
  /** The last lines of its log, to explain a failure. */
  lastWords: () => string;
}>;

/**
 * Starts a child in a session of its own, so that Ctrl-C in a terminal reaches the parent alone, which then stops its children in order.
 * A guard ends it when this process dies without a word.
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const logFile = join(spec.dir, `${spec.name}.log`);
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.old`);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(spec.command, spec.args, {
    detached: true,
    env: spec.env ?? process.env,
    stdio: ['ignore', spec.readsOutput === true ? 'pipe' : log, log],
    cwd: '/',
    ...(spec.user ?? {}),
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new StoreFailed(`${spec.name} cannot be run: ${error.message}`)));
  });
  return tended(spec, child, logFile);
}

function tended(spec: ChildSpec, child: ChildProcess, logFile: string): Child {
  const pid = child.pid ?? 0;
  const record = recordPath(spec);
  writeFileSync(record, JSON.stringify({ pid, identity: identityOf(pid) }), { mode: 0o600 });
  const release = guardProcess(pid, spec.ending);
  let expected = false;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      release();
      rmSync(record, { force: true });
      resolve({ code, signal, expected });
    });
  });
  const stop = async (): Promise<void> => {
    expected = true;
    if (child.exitCode === null && child.signalCode === null) await endProcess(pid, spec.ending);
    await exited;
  };
  return { process: child, pid, exited, stop, lastWords: () => tail(logFile) };
}

const recordPath = (spec: Pick<ChildSpec, 'name' | 'dir'>): string => join(spec.dir, `${spec.name}.pid.json`);

/** Ends the child that a killed parent left behind in the directory, if there is one. Says whether there was. */
export async function endLeftover(spec: Pick<ChildSpec, 'name' | 'dir' | 'ending'>): Promise<boolean> {
  const record = recordPath(spec);
  if (!existsSync(record)) return false;
  const { pid, identity } = readRecord(record);
  const alive = identity !== undefined && identityOf(pid) === identity;
  if (alive && !(await endProcess(pid, spec.ending))) {
    throw new StoreFailed(
      `An earlier ${spec.name}, process ${pid}, still runs on ${spec.dir} and does not end; end it by hand.`,
    );
  }
  rmSync(record, { force: true });
  return alive;
}

/** A record cut short by a crash names nobody. */
function readRecord(path: string): Readonly<{ pid: number; identity: string | undefined }> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { pid: 0, identity: undefined };
  }
}

function tail(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  } catch {
    return '';
  }
}
