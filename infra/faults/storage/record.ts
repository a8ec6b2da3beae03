import { basename, dirname } from 'node:path';
import { BlindRecord, type Operation } from './history.ts';
import { type Call, parseCalls, pathOf, strings } from './syscalls.ts';

/** Calls that are looked at. */
export const watchedCalls: readonly string[] = [
  'openat,open,creat,mkdir,mkdirat,lseek,pwrite64,pwritev,pwritev2,write,writev,fdatasync,fsync,msync,sync_file_range',
  'ftruncate,truncate,fallocate,mmap,rename,renameat,renameat2,unlink,unlinkat,link,linkat,copy_file_range,sendfile',
];

/** LMDB's table of readers: made anew by whoever opens the directory first. */
export const readersFile = 'events.lmdb-lock';

interface Open {
  readonly durable: boolean;
  at: number;
}

/** Turns the calls of a traced program into what they did to one directory. */
export class Recorder {
  readonly operations: Operation[] = [];
  readonly #dir: string;
  readonly #marks: string;
  readonly #names = new Map<string, number>();
  readonly #open = new Map<string, Open>();
  #files = 0;

  constructor(dir: string, marks: string) {
    this.#dir = dir;
    this.#marks = marks;
  }

  /** @throws {BlindRecord} */
  read(text: string): readonly Operation[] {
    for (const call of parseCalls(text)) this.#call(call);
    return this.operations;
  }

  #call(call: Call): void {
    if (call.result < 0 || Number.isNaN(call.result) || call.injected) return;
    const path = pathOf(call.text);
    if (path === this.#marks) this.#mark(call);
    else if (opening.has(call.name)) this.#opened(call);
    else if (naming.has(call.name)) this.#named(call);
    else if (syncing.has(call.name)) this.#synced(path);
    else if (call.name === 'mmap') this.#mapped(call);
    else if (dirname(path) === this.#dir && basename(path) !== readersFile) this.#changed(call, basename(path));
  }

  #mark(call: Call): void {
    if (call.name === 'write') this.operations.push({ kind: 'mark', text: strings(call.text).join('') });
  }

  #opened({ pid, result, text }: Call): void {
    const path = strings(text)[0]?.toString('utf8') ?? '';
    if (dirname(path) !== this.#dir || basename(path) === readersFile) return;
    const name = basename(path);
    if (text.includes('O_CREAT') && !this.#names.has(name)) this.#name(name, this.#files++);
    else if (text.includes('O_TRUNC')) this.operations.push({ kind: 'length', file: this.#file(name), length: 0 });
    this.#open.set(`${pid} ${result}`, { durable: /O_D?SYNC/.test(text), at: 0 });
  }

  #named({ name: call, text }: Call): void {
    const [first = '', second = ''] = strings(text).map((path) => path.toString('utf8'));
    if (call.startsWith('mkdir') && first === this.#dir) this.operations.push({ kind: 'made' });
    if (dirname(first) !== this.#dir || basename(first) === readersFile || call.startsWith('mkdir')) return;
    const from = basename(first);
    if (call.startsWith('unlink')) {
      this.#name(from, undefined);
      return;
    }
    if (!call.startsWith('rename')) throw new BlindRecord(`${call} is not understood.`);
    const file = this.#file(from);
    this.#names.delete(from);
    this.#name(basename(second), file, from);
  }

  #name(name: string, file: number | undefined, from?: string): void {
    if (file === undefined) this.#names.delete(name);
    else this.#names.set(name, file);
    this.operations.push({ kind: 'name', name, file, ...(from !== undefined && { from }) });
  }

  #synced(path: string): void {
    if (path === this.#dir) this.operations.push({ kind: 'sync-names' });
    else if (path === dirname(this.#dir)) this.operations.push({ kind: 'sync-parent' });
    else if (dirname(path) === this.#dir && basename(path) !== readersFile)
      this.operations.push({ kind: 'sync', file: this.#file(basename(path)) });
  }

  /** What is written through a mapping is no call, and would be missed. */
  #mapped({ text }: Call): void {
    if (!text.includes('MAP_SHARED') || !text.includes('PROT_WRITE')) return;
    const path = /\d+<([^>]*)>/.exec(text);
    const name = path === null ? '' : basename(pathOf(path[0]));
    if (this.#names.has(name)) throw new BlindRecord(`${name} is mapped for writing, so its writes are not seen.`);
  }

  #changed(call: Call, name: string): void {
    const open = this.#openOf(call);
    if (call.name === 'lseek') {
      open.at = call.result;
      return;
    }
    const file = this.#file(name);
    if (call.name === 'ftruncate') {
      this.operations.push({ kind: 'length', file, length: Number(lastArgument(call.text)) });
      return;
    }
    if (!writing.has(call.name)) throw new BlindRecord(`${call.name} is not understood.`);
    const offset = call.name.startsWith('p') ? Number(lastArgument(call.text)) : open.at;
    const bytes = Buffer.concat(strings(call.text)).subarray(0, call.result);
    if (bytes.length !== call.result) throw new BlindRecord(`${call.name} shows fewer bytes than it wrote.`);
    if (!call.name.startsWith('p')) open.at += bytes.length;
    this.operations.push({ kind: 'write', file, offset, bytes, durable: open.durable });
  }

  #openOf({ pid, text }: Call): Open {
    const open = this.#open.get(`${pid} ${/^\d+/.exec(text)?.[0]}`);
    if (open === undefined) throw new BlindRecord('A file was written to by another thread than opened it.');
    return open;
  }

  #file(name: string): number {
    const file = this.#names.get(name);
    if (file === undefined) throw new BlindRecord(`${name} was written to before it was made.`);
    return file;
  }
}

const opening = new Set(['openat', 'open', 'creat']);
const naming = new Set(['mkdir', 'mkdirat', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'link', 'linkat']);
const syncing = new Set(['fdatasync', 'fsync']);
const writing = new Set(['write', 'writev', 'pwrite64', 'pwritev']);

function lastArgument(text: string): string {
  return text.slice(text.lastIndexOf(',') + 1).trim();
}
