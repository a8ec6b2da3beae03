/** A system call as strace writes it, where it ended. */
export interface Call {
  /** Of the thread. */
  readonly pid: string;
  readonly name: string;
  /** As it stands between the brackets, strings in hexadecimal. */
  readonly text: string;
  /** -1 where the call failed. */
  readonly result: number;
  /** What strace did instead of the kernel. */
  readonly injected: boolean;
}

/** Reads what `strace -f -o` wrote: a call that others interrupted is put together, and counts when it ended. */
export function* parseCalls(text: string): Generator<Call> {
  const begun = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(pid, rest.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest);
    const whole = resumed === null ? rest : `${begun.get(pid) ?? ''}${rest.slice(resumed[0].length)}`;
    const call = parseCall(pid, whole);
    if (call !== undefined) yield call;
  }
}

function parseCall(pid: string, line: string): Call | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')', line.lastIndexOf(' = '));
  if (open < 0 || close < open) return undefined;
  const outcome = line.slice(close).replace(/^\)\s*=\s*/, '');
  return {
    pid,
    name: line.slice(0, open),
    text: line.slice(open + 1, close),
    result: Number.parseInt(outcome, outcome.startsWith('0x') ? 16 : 10),
    injected: line.includes('(INJECTED)'),
  };
}

/** The path strace names behind a descriptor: `3</tmp/file>`. */
export function pathOf(text: string): string {
  const [, shown = ''] = /^\s*(?:AT_FDCWD|-?\d+)<([^>]*)>/.exec(text) ?? [];
  return bytesOf(shown)
    .toString('utf8')
    .replace(/ \(deleted\)$/, '');
}

/** All strings between quotation marks. */
export function strings(text: string): Buffer[] {
  return [...text.matchAll(/"([^"]*)"/g)].map(([, shown = '']) => bytesOf(shown));
}

function bytesOf(shown: string): Buffer {
  return shown.startsWith('\\x') ? Buffer.from(shown.replaceAll('\\x', ''), 'hex') : Buffer.from(shown, 'latin1');
}
