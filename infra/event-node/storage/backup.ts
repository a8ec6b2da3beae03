import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StoredEvent } from './record.ts';
import { CannotOpen, openTables, readPosition } from './tables.ts';

/**
 * Copies a directory, live: LMDB's readers see one consistent state whatever the writer does meanwhile. The copy appears whole or
 * not at all.
 *
 * @throws {CannotOpen} the target exists, or the source is not an event node's
 */
export async function backup(dir: string, target: string): Promise<{ readonly lastPosition: number }> {
  if (existsSync(target)) throw new CannotOpen(`${target} exists already; choose a path that does not.`);
  const tables = openTables(dir, { readOnly: true });
  mkdirSync(dirname(resolve(target)), { recursive: true });
  const temporary = mkdtempSync(`${resolve(target)}.`);
  try {
    await tables.env.backup(join(temporary, 'events.lmdb'), false);
    copyFileSync(join(dir, 'format.json'), join(temporary, 'format.json'));
    renameSync(temporary, target);
  } finally {
    await tables.env.close();
    rmSync(temporary, { recursive: true, force: true });
  }
  return { lastPosition: (await verify(target)).lastPosition };
}

/** What a full reading of a directory found. */
export interface Verified {
  readonly events: number;
  readonly lastPosition: number;
  /** Positions of events whose checksum does not match. */
  readonly damaged: readonly number[];
}

/** Reads every event and proves its checksum. */
export async function verify(dir: string, onProgress: (events: number) => void = () => undefined): Promise<Verified> {
  const tables = openTables(dir, { readOnly: true });
  let events = 0;
  let lastPosition = 0;
  const damaged: number[] = [];
  try {
    for (const { key, value } of tables.events.getRange({ snapshot: true })) {
      lastPosition = readPosition(key);
      events++;
      if (!isWhole(lastPosition, value)) damaged.push(lastPosition);
      if (events % 50_000 === 0) onProgress(events);
    }
  } finally {
    await tables.env.close();
  }
  return { events, lastPosition, damaged };
}

function isWhole(position: number, record: Buffer): boolean {
  try {
    new StoredEvent(position, record);
    return true;
  } catch {
    return false;
  }
}
