import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { at, say } from './files.mjs';

/** Runs a step to its end, its output kept back, and shows that time passes. Resolves to `{ ok, output }`. */
export function step(title, [command, args]) {
  const began = Date.now();
  const tty = process.stderr.isTTY;
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  const show = () =>
    process.stderr.write(tty ? `\r\x1b[Kkeyledger: ${title}, ${seconds()}` : `keyledger: ${title}, ${seconds()}\n`);
  if (tty) show();
  else say(title);
  const timer = setInterval(show, tty ? 1_000 : 15_000);
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: at(), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (text) => {
      output += text;
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
    const end = (ok) => {
      clearInterval(timer);
      if (tty) process.stderr.write('\r\x1b[K');
      say(`${title}: ${ok ? `done in ${seconds()}` : 'failed'}`);
      resolve({ ok, output: output.trim() });
    };
    child.on('error', (error) => {
      keep(error.message);
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

/**
 * Runs the target in place of this process: its terminal, its signals, its status. It gets a session of its own, because a terminal's
 * Ctrl-C comes here two times, from the terminal and from npm, and must reach it once.
 */
export function hand(node, args) {
  const child = spawn(node, args, { cwd: at(), stdio: 'inherit', detached: true });
  const callOff = guard(child.pid);
  const last = {};
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => {
      const now = Date.now();
      if (now - (last[signal] ?? 0) > 500) child.kill(signal);
      last[signal] = now;
    });
  }
  const watch = whenOrphaned(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      callOff();
      clearInterval(watch);
      process.exitCode = code ?? 128 + constants.signals[signal];
      resolve();
    });
  });
}

/** A SIGTERM for npm reaches npm and its shell alone, which end: what they have started shall not stay behind. */
function whenOrphaned(stop) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, 500);
  return watch;
}

/** Ends the target when this process is killed: the end of the shell's input tells it. */
function guard(pid) {
  const script = 'read -r word || kill -s TERM "$1"';
  const shell = spawn('/bin/sh', ['-c', script, 'keyledger-guard', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  shell.stdin.unref();
  return () => shell.stdin.end('well\n');
}
