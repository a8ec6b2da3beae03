import type { Actor } from './aggregate.ts';
import type { Row } from './query.ts';

/**
 * What tells where a person was and what they used, sealed under a key of that person: facts about them stay, and with the key all of
 * it is gone. What is sealed is a text without spaces that stands where the plain one would.
 */
export interface PersonalData {
  /**
   * The same text of the same person is sealed to the same. At most 280 bytes are kept. A person's key is read once and kept in memory, so
   * that only who was never seen before needs the store.
   *
   * @throws {StoreUnavailable}
   */
  seal(tenant: string, person: Actor, text: string): Promise<string>;
  /** The plain text, also of a sealed payload; any other text as it is; null where the key was destroyed. @throws {StoreUnavailable} */
  open(tenant: string, text: string): Promise<string | null>;
  /** Destroys a person's keys. What is sealed afterwards is sealed under a new one. @returns the ids of all that ever were */
  shred(tenant: string, person: Actor): Promise<readonly string[]>;
  /** Lets go of keys that were destroyed, here or in another process. */
  forget(tenant: string, person: Actor, keyIds: readonly string[]): void;
}

/** What it is called in rows of read models and in entries; and what the sealed payload of an event is. */
const names = ['source', 'user_agent', 'userAgent', 'payload'] as const;

/** A row or an entry with its personal data and its payload in clear, null where they are gone. */
export async function revealed<T extends Readonly<Partial<Record<(typeof names)[number], unknown>>>>(
  personal: Pick<PersonalData, 'open'>,
  tenant: string,
  of: T,
): Promise<T> {
  const plain: Record<string, string | null> = {};
  for (const name of names) {
    const text = of[name];
    if (typeof text === 'string') plain[name] = await personal.open(tenant, text);
  }
  return { ...of, ...plain };
}

/** Rows with their personal data and payloads in clear, null where they are gone. */
export function revealRows(
  personal: Pick<PersonalData, 'open'>,
  tenant: string,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  return Promise.all(rows.map((row) => revealed(personal, tenant, row)));
}
