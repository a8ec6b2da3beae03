/** A write of a secret's next version, with or without an idempotency key. */
export interface KeyedAsk {
  readonly command: 'write' | 'roll back to 1';
  readonly key?: string | undefined;
  readonly value: string;
  readonly expected?: number | undefined;
}

export interface KeyedTold {
  readonly status: number;
  readonly code?: unknown;
  readonly version?: unknown;
}

/** How many versions there are, and what each key stands for. */
export interface KeyedModel {
  readonly versions: number;
  readonly done: Readonly<Record<string, { readonly asked: string; readonly told: KeyedTold; readonly at: number }>>;
}

export const nothingDone: KeyedModel = { versions: 0, done: {} };
const dayMs = 86_400_000;

/** What comes of an ask at a time (milliseconds): a key is good for one request for 24 hours, and only one that was done counts. */
export function keyedStep(model: KeyedModel, ask: KeyedAsk, now: number): readonly [KeyedModel, KeyedTold] {
  const { command, expected, key, value } = ask;
  const name = `${command} ${key}`;
  const before = key === undefined ? undefined : model.done[name];
  const asked = JSON.stringify([command === 'write' ? value : '', expected]);
  if (before !== undefined && now - before.at < dayMs) {
    return [model, before.asked === asked ? before.told : { status: 422, code: 'IdempotencyKeyReused' }];
  }
  const refused = refusalOf(model, ask);
  if (refused !== undefined) return [model, refused];
  const versions = model.versions + 1;
  const told = { status: command === 'write' ? 201 : 200, version: versions };
  return [
    { versions, done: key === undefined ? model.done : { ...model.done, [name]: { asked, told, at: now } } },
    told,
  ];
}

function refusalOf({ versions }: KeyedModel, { command, expected }: KeyedAsk): KeyedTold | undefined {
  if (command !== 'write') {
    if (versions === 0) return { status: 404, code: 'SecretNotFound' };
    if (versions === 1) return { status: 409, code: 'AlreadyCurrent' };
  }
  return expected !== undefined && expected !== versions ? { status: 409, code: 'VersionMismatch' } : undefined;
}
