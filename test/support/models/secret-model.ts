/** What may be asked of one secret. */
export type Ask =
  | { readonly kind: 'write'; readonly value: string; readonly expected?: number | undefined }
  | { readonly kind: 'roll back'; readonly to: number; readonly expected?: number | undefined }
  | { readonly kind: 'state'; readonly version: number; readonly state: 'deprecated' | 'destroyed' }
  | {
      readonly kind: 'policy';
      readonly maxVersions?: number | undefined;
      readonly deleteAfterHours?: number | undefined;
    }
  | { readonly kind: 'enforce' }
  | { readonly kind: 'open'; readonly version: number };

/** The part of an answer that the model tells beforehand. */
export type Told = Readonly<Record<string, unknown>>;

/** A secret as simply as it can be written down. */
export interface ModelSecret {
  readonly versions: readonly {
    readonly value: string;
    readonly state: 'active' | 'deprecated' | 'destroyed';
    readonly at: number;
  }[];
  readonly maxVersions?: number | undefined;
  readonly deleteAfterHours?: number | undefined;
}

export const noSecret: ModelSecret = { versions: [] };
const hourMs = 3_600_000;

/** What comes of an ask at a time (milliseconds): the secret after it, and the answer. */
export function step(secret: ModelSecret, ask: Ask, now: number): readonly [ModelSecret, Told] {
  const { versions } = secret;
  const current = versions.length;
  const no = (status: number, code: string): readonly [ModelSecret, Told] => [secret, { status, code }];
  if (ask.kind === 'write') {
    if (ask.expected !== undefined && ask.expected !== current) return no(409, 'VersionMismatch');
    return [added(secret, ask.value, now), { status: 201, version: current + 1 }];
  }
  if (current === 0) return no(404, 'SecretNotFound');
  if (ask.kind === 'policy') {
    const { deleteAfterHours, maxVersions } = ask;
    return [{ versions, maxVersions, deleteAfterHours }, { status: 200 }];
  }
  if (ask.kind === 'enforce') return enforced(secret, now);
  const at = ask.kind === 'roll back' ? ask.to : ask.version;
  const version = versions[at - 1];
  if (version === undefined) return no(404, 'VersionNotFound');
  if (ask.kind === 'state') {
    if (version.state === 'destroyed' || version.state === ask.state) return no(409, 'InvalidStateTransition');
    const changed = versions.with(at - 1, { ...version, state: ask.state });
    return [
      { ...secret, versions: changed },
      { status: 200, state: ask.state },
    ];
  }
  if (version.state === 'destroyed') return no(410, 'VersionDestroyed');
  if (ask.kind === 'open') return [secret, { status: 200, value: version.value, state: version.state }];
  if (at === current) return no(409, 'AlreadyCurrent');
  if (ask.expected !== undefined && ask.expected !== current) return no(409, 'VersionMismatch');
  return [added(secret, version.value, now), { status: 200, newVersion: current + 1 }];
}

function added(secret: ModelSecret, value: string, at: number): ModelSecret {
  return { ...secret, versions: [...secret.versions, { value, state: 'active', at }] };
}

/** Of the versions that are not destroyed all but the newest may go: those beyond the number kept, and those as old as the limit. */
function enforced(secret: ModelSecret, now: number): readonly [ModelSecret, Told] {
  const { deleteAfterHours = Number.POSITIVE_INFINITY, maxVersions = Number.POSITIVE_INFINITY, versions } = secret;
  const live = versions.flatMap((version, index) => (version.state === 'destroyed' ? [] : [index]));
  const due = live.filter(
    (index, rank) =>
      rank < live.length - 1 &&
      (rank < live.length - maxVersions || now - (versions[index]?.at ?? now) >= deleteAfterHours * hourMs),
  );
  const after = versions.map((version, index) =>
    due.includes(index) ? { ...version, state: 'destroyed' as const } : version,
  );
  const told = { versionsDeleted: due.length, versionsRetained: live.length - due.length, versionsRemaining: 0 };
  return [
    { ...secret, versions: after },
    { status: 200, ...told },
  ];
}
