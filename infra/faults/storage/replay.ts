import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlindRecord, type Operation } from './history.ts';
import { readersFile } from './record.ts';

/** A directory: its files by name; undefined where the directory is not there. */
export type Image = ReadonlyMap<string, Buffer> | undefined;

/** Which operations reach the disk; of a write, which sectors. */
export interface Reached {
  operation(index: number): boolean;
  sector(index: number, sector: number): boolean;
}

/** What a disk writes whole or not at all. */
export const sectorBytes = 512;

const everything: Reached = { operation: () => true, sector: () => true };

/** The directory after these operations, as far as they reached the disk. */
export function imageAfter(operations: readonly Operation[], reached: Reached = everything): Image {
  const files = new Map<number, DiskFile>();
  const names = new Map<string, number>();
  let isThere = !operations.some(({ kind }) => kind === 'made');
  for (const [index, operation] of operations.entries()) {
    if (operation.kind === 'made') isThere ||= reached.operation(index);
    if (operation.kind === 'name' && reached.operation(index)) applyName(names, operation);
    if (operation.kind === 'length')
      fileOf(files, operation.file).setLength(operation.length, reached.operation(index));
    if (operation.kind === 'write') {
      const file = fileOf(files, operation.file);
      file.write(operation, (sector) => reached.sector(index, sector));
    }
  }
  if (!isThere) return undefined;
  return new Map([...names].map(([name, file]) => [name, fileOf(files, file).bytes()]));
}

function applyName(names: Map<string, number>, { file, from, name }: Operation & { readonly kind: 'name' }): void {
  if (from !== undefined) names.delete(from);
  if (file === undefined) names.delete(name);
  else names.set(name, file);
}

function fileOf(files: Map<number, DiskFile>, number: number): DiskFile {
  const file = files.get(number) ?? new DiskFile();
  files.set(number, file);
  return file;
}

/** A file as the machine's memory has it, and as the disk has it: the disk takes whole sectors, each as memory has it at that moment. */
class DiskFile {
  #memory = Buffer.alloc(0);
  #disk = Buffer.alloc(0);
  #length = 0;
  #diskLength = 0;

  write({ bytes, offset }: Operation & { readonly kind: 'write' }, reaches: (sector: number) => boolean): void {
    const end = offset + bytes.length;
    this.#reserve(end);
    bytes.copy(this.#memory, offset);
    this.#length = Math.max(this.#length, end);
    for (let sector = Math.floor(offset / sectorBytes); sector * sectorBytes < end; sector++) {
      if (!reaches(sector)) continue;
      this.#memory.copy(this.#disk, sector * sectorBytes, sector * sectorBytes, (sector + 1) * sectorBytes);
      this.#diskLength = Math.max(this.#diskLength, Math.min(this.#length, (sector + 1) * sectorBytes));
    }
  }

  setLength(length: number, reaches: boolean): void {
    this.#reserve(length);
    this.#memory.fill(0, length);
    this.#length = length;
    if (!reaches) return;
    this.#disk.fill(0, length);
    this.#diskLength = length;
  }

  bytes(): Buffer {
    return this.#disk.subarray(0, this.#diskLength);
  }

  #reserve(length: number): void {
    if (length <= this.#memory.length) return;
    const size = Math.ceil((length * 2) / sectorBytes) * sectorBytes;
    this.#memory = Buffer.concat([this.#memory], size);
    this.#disk = Buffer.concat([this.#disk], size);
  }
}

/** The files of a directory, without LMDB's table of readers. */
export function contentsOf(dir: string): Image {
  const names = readdirSync(dir).filter((name) => name !== readersFile);
  return new Map(names.map((name) => [name, readFileSync(join(dir, name))]));
}

export function writeImage(dir: string, image: Image): void {
  if (image === undefined) return;
  mkdirSync(dir, { recursive: true });
  for (const [name, bytes] of image) writeFileSync(join(dir, name), bytes);
}

/** @throws {BlindRecord} the replayed directory is not the real one */
export function proveWhole(replayed: Image, real: Image): void {
  const names = new Set([...(replayed?.keys() ?? []), ...(real?.keys() ?? [])]);
  for (const name of names) {
    if (replayed?.get(name)?.equals(real?.get(name) ?? Buffer.alloc(0)) === true) continue;
    throw new BlindRecord(`The record of ${name} is not whole: replayed, it makes another file than the one there is.`);
  }
}
