import { randomBytes } from 'node:crypto';
import type { Chance } from '../random.ts';
import { type Expectation, expectationOf, type Mark } from './facts.ts';
import type { Operation } from './history.ts';
import { readersFile } from './record.ts';
import { type Image, imageAfter, type Reached } from './replay.ts';

/** A directory as a power cut left it, and what must be found in it. */
export interface PowerCut {
  readonly image: Image;
  readonly expectation: Expectation;
  /** For people: the instant, and what became of what was not synced. */
  readonly told: string;
}

/** What becomes of a write that was not synced. */
type Fate = (index: number, sector: number) => boolean;

const fates: readonly { readonly name: string; readonly fate: (random: Chance, instant: number) => Fate }[] = [
  { name: 'dropped', fate: () => () => false },
  { name: 'kept', fate: () => () => true },
  { name: 'whole writes kept or dropped', fate: (random) => once(random, 0.5, (index) => `${index}`) },
  { name: 'torn at sectors', fate: (random) => once(random, 0.5, (index, sector) => `${index} ${sector}`) },
  { name: 'nearly all kept, torn', fate: (random) => once(random, 0.95, (index, sector) => `${index} ${sector}`) },
  { name: 'late ones before early ones', fate: lateFirst },
  { name: 'one sector written', fate: (random) => once(random, 0.03, (index, sector) => `${index} ${sector}`) },
];

/** Cuts the power at some instant: what was synced is there, and of the rest what chance leaves. */
export function cutPower(operations: readonly Operation[], random: Chance): PowerCut {
  const instant = pickInstant(operations, random);
  const before = operations.slice(0, instant);
  const { fate, name } = random.pick(fates);
  const isKept = fate(random, instant);
  const durable = durableUpTo(before);
  const reached: Reached = {
    operation: (index) => durable.has(index) || isKept(index, -1),
    sector: (index, sector) => durable.has(index) || isKept(index, sector),
  };
  const image = withReadersFile(imageAfter(before, reached), random);
  const marks = before.flatMap((operation) => (operation.kind === 'mark' ? parseMarks(operation.text) : []));
  const open = before.filter(({ kind }, index) => changes.has(kind) && !durable.has(index)).length;
  const told = `after call ${instant} of ${operations.length}, ${open} not synced: ${name}`;
  return { image, expectation: expectationOf(marks), told };
}

const changes = new Set(['write', 'length', 'name', 'made']);

function parseMarks(text: string): Mark[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Mark]));
}

/** Anywhere; as often right after an acknowledgement, and inside a commit. */
function pickInstant(operations: readonly Operation[], random: Chance): number {
  const anywhere = 1 + random.below(operations.length);
  const kinds = random.pick([[], ['mark'], ['write'], ['sync'], ['name', 'made', 'sync-names']]);
  const next = operations.slice(anywhere).findIndex(({ kind }) => kinds.includes(kind));
  return next < 0 ? anywhere : anywhere + next + 1;
}

/** Indexes of the operations that a sync, or the call itself, brought to the disk. */
function durableUpTo(operations: readonly Operation[]): ReadonlySet<number> {
  const durable = new Set<number>();
  const pending = new Map<string, number[]>();
  const settle = (place: string): void => {
    for (const index of pending.get(place) ?? []) durable.add(index);
    pending.delete(place);
  };
  for (const [index, operation] of operations.entries()) {
    if (operation.kind === 'sync') settle(`file ${operation.file}`);
    else if (operation.kind === 'sync-names') settle('names');
    else if (operation.kind === 'sync-parent') settle('parent');
    else if (operation.kind === 'write' && operation.durable) durable.add(index);
    else pending.set(placeOf(operation), [...(pending.get(placeOf(operation)) ?? []), index]);
  }
  return durable;
}

function placeOf(operation: Operation): string {
  if (operation.kind === 'write' || operation.kind === 'length') return `file ${operation.file}`;
  return operation.kind === 'made' ? 'parent' : 'names';
}

/** Decides each thing once, by chance. */
function once(random: Chance, probability: number, nameOf: (index: number, sector: number) => string): Fate {
  const decided = new Map<string, boolean>();
  return (index, sector) => {
    const name = nameOf(index, sector);
    const before = decided.get(name);
    if (before !== undefined) return before;
    const now = random.chance(probability);
    decided.set(name, now);
    return now;
  };
}

/** The last calls reached the disk and those before them did not. */
function lateFirst(random: Chance, instant: number): Fate {
  const from = instant - 1 - random.below(6);
  return (index) => index >= from;
}

/** The table of readers is written through a mapping and never synced: it may hold anything. */
function withReadersFile(image: Image, random: Chance): Image {
  if (image === undefined || random.chance(0.3)) return image;
  return new Map([...image, [readersFile, random.chance(0.5) ? Buffer.alloc(4_304) : randomBytes(4_304)]]);
}
