import { expect } from 'chai';
import { createRetentionPolicy } from '../../../commands/audit/retention/create-retention-policy.ts';
import { placeLegalHold } from '../../../commands/audit/retention/place-legal-hold.ts';
import { previewCleanup } from '../../../commands/audit/retention/preview-cleanup.ts';
import { releaseLegalHold } from '../../../commands/audit/retention/release-legal-hold.ts';
import { runCleanup } from '../../../commands/audit/retention/run-cleanup.ts';
import type { Stack } from '../stack.ts';
import { isDue, isInForce, keeps, type ModelEntry, type ModelHold, type ModelPolicy } from './retention-model.ts';
import { Killed, type RetentionWorld, retentionWorld, type Told } from './retention-world.ts';

/** What befalls a cleanup before one of its steps. */
export type Incident =
  | { readonly kind: 'place'; readonly hold: Omit<ModelHold, 'expiresAt'> }
  | { readonly kind: 'release'; readonly which: number }
  | { readonly kind: 'kill' }
  /** Another worker does all of it, as when the queue took this one for dead. */
  | { readonly kind: 'another' };

export type Doing =
  | { readonly kind: 'tell'; readonly facts: readonly Told[] }
  | { readonly kind: 'place'; readonly hold: Omit<ModelHold, 'expiresAt'>; readonly forDays?: number | undefined }
  | { readonly kind: 'release'; readonly which: number }
  | { readonly kind: 'pass'; readonly hours: number }
  | { readonly kind: 'preview' }
  | { readonly kind: 'dry run' }
  | {
      readonly kind: 'cleanup';
      readonly incidents: readonly { readonly step: number; readonly incident: Incident }[];
    };

const dayMs = 86_400_000;

/** A tenant's audit beside the model of it. */
export class Kept {
  readonly #world: RetentionWorld;
  readonly #policy: ModelPolicy;
  #policyId = '';
  #entries: readonly ModelEntry[] = [];
  /** Entries that are gone, by event id. */
  readonly #gone = new Set<string>();
  readonly #holds = new Map<string, ModelHold>();
  /** Days whose facts have left the log, with those they had then. */
  readonly #truncated = new Map<string, ReadonlySet<string>>();

  private constructor(world: RetentionWorld, policy: ModelPolicy) {
    this.#world = world;
    this.#policy = policy;
  }

  static async under(stack: Stack, policy: ModelPolicy): Promise<Kept> {
    const kept = new Kept(retentionWorld(stack), policy);
    const { archives, days, eventTypes, services } = policy;
    const terms = {
      name: 'model',
      retentionPeriod: `P${days}D`,
      scope: { eventTypes, services },
      archiveConfig: { enabled: archives },
    };
    kept.#policyId = String((await kept.#ask(createRetentionPolicy, terms))['policyId']);
    return kept;
  }

  async do(doing: Doing): Promise<void> {
    switch (doing.kind) {
      case 'tell':
        this.#entries = [...this.#entries, ...(await this.#world.tell(doing.facts))];
        return;
      case 'place':
        return this.#place(doing.hold, doing.forDays);
      case 'release':
        return this.#release(doing.which);
      case 'pass':
        return this.#world.stack.clock.advance(doing.hours * 3_600_000);
      case 'preview':
        return this.#preview();
      case 'dry run':
        await this.#found(true);
        return this.check();
      case 'cleanup':
        return this.#cleanUp(doing.incidents);
    }
  }

  /** What is there is what the model says, in the audit and on the log. */
  async check(): Promise<void> {
    const there = await this.#world.entries();
    for (const { eventId } of this.#entries) expect(there.has(eventId), eventId).to.equal(!this.#gone.has(eventId));
    for (const day of new Set(this.#entries.map((entry) => entry.day))) {
      if (day === undefined) continue;
      const facts = this.#entries.filter((entry) => entry.day === day).map(({ eventId }) => eventId);
      const left = facts.filter((id) => !this.#truncated.get(day)?.has(id));
      expect([...(await this.#world.factsOf(day))], day).to.deep.equal(left);
    }
  }

  async #ask(endpoint: unknown, input: object): Promise<Readonly<Record<string, unknown>>> {
    const { body, rejection, status } = await this.#world.stack.ask(endpoint, input, { tenant: this.#world.tenant });
    expect(rejection, `${status}`).to.equal(undefined);
    return body as Readonly<Record<string, unknown>>;
  }

  get #now(): number {
    return this.#world.stack.clock.now();
  }

  async #place(hold: Omit<ModelHold, 'expiresAt'>, forDays?: number): Promise<void> {
    const expiresAt = forDays === undefined ? undefined : new Date(this.#now + forDays * dayMs).toISOString();
    const { holdId } = await this.#ask(placeLegalHold, { name: 'model', reason: 'model', scope: hold, expiresAt });
    this.#holds.set(String(holdId), { ...hold, expiresAt });
  }

  async #release(which: number): Promise<void> {
    const holdId = [...this.#holds.keys()][which % Math.max(1, this.#holds.size)];
    if (holdId === undefined) return;
    await this.#ask(releaseLegalHold, { holdId });
    this.#holds.delete(holdId);
  }

  /** Ids of the holds in force. */
  #inForce(): ReadonlySet<string> {
    return new Set([...this.#holds].filter(([, hold]) => isInForce(hold, this.#now)).map(([id]) => id));
  }

  #due(): readonly ModelEntry[] {
    return this.#entries.filter((entry) => !this.#gone.has(entry.eventId) && isDue(entry, this.#policy, this.#now));
  }

  #selected(): readonly ModelEntry[] {
    const holds = [...this.#inForce()].map((id) => this.#holds.get(id) as ModelHold);
    return this.#due().filter((entry) => !holds.some((hold) => keeps(hold, entry)));
  }

  async #preview(): Promise<void> {
    await this.#world.entries();
    const told = await this.#ask(previewCleanup, { policyId: this.#policyId });
    const times = this.#selected().map(({ at }) => at);
    times.sort();
    const expected = { eventsAffected: times.length, oldestEventDate: times[0] ?? null };
    expect(told).to.include({ ...expected, newestEventDate: times.at(-1) ?? null });
  }

  /** Starts a cleanup, or tells what it would do. */
  async #found(dryRun: boolean): Promise<string | undefined> {
    await this.#world.entries();
    const told = await this.#ask(runCleanup, { policyId: this.#policyId, dryRun });
    const selected = this.#selected().length;
    const eventsArchived = this.#policy.archives ? selected : 0;
    expect(told).to.include({ eventsProcessed: this.#due().length, eventsDeleted: selected, eventsArchived, dryRun });
    return selected === 0 || dryRun ? undefined : String(told['executionId']);
  }

  async #cleanUp(incidents: readonly { readonly step: number; readonly incident: Incident }[]): Promise<void> {
    const there = await this.#world.entries();
    const due = this.#due();
    const everything = new Map(this.#holds);
    const always = new Set(this.#inForce());
    const runId = await this.#found(false);
    if (runId === undefined) return this.check();
    let steps = 0;
    await this.#world.work(runId, async () => {
      const now = steps++;
      for (const { incident, step } of incidents) if (step === now) await this.#befalls(incident, runId);
      for (const [id, hold] of this.#holds) everything.set(id, hold);
    });
    const atTheEnd = this.#inForce();
    for (const id of always) if (!atTheEnd.has(id)) always.delete(id);
    const heldBy = (ids: Iterable<string>, entry: ModelEntry): boolean =>
      [...ids].some((id) => keeps(everything.get(id) as ModelHold, entry));
    const { archived, completed, indexes } = await this.#world.record(runId);
    const taken = new Set(indexes);
    expect(taken.size, 'each is taken once').to.equal(indexes.length);
    expect(completed).to.include({ eventsDeleted: taken.size });
    const known = new Map(this.#entries.map((entry) => [there.get(entry.eventId), entry]));
    for (const index of taken) {
      const entry = known.get(index);
      expect(entry !== undefined && due.includes(entry), `entry ${index} was not to be taken`).to.equal(true);
      if (entry === undefined) continue;
      expect(heldBy(always, entry), `entry ${index} was held all the time`).to.equal(false);
      if (this.#policy.archives)
        expect(archived?.has(entry.eventId), `entry ${index} is in the archive`).to.equal(true);
      this.#gone.add(entry.eventId);
    }
    for (const entry of due) {
      if (!heldBy(everything.keys(), entry)) expect(this.#gone.has(entry.eventId), 'nothing held it').to.equal(true);
    }
    await this.#noteTruncated(incidents.length === 0);
    await this.check();
  }

  /** A day whose facts are all gone leaves the log, unless it did before or a hold keeps one of them. */
  async #noteTruncated(exactly: boolean): Promise<void> {
    const holds = [...this.#inForce()].map((id) => this.#holds.get(id) as ModelHold);
    for (const day of new Set(this.#entries.map((entry) => entry.day))) {
      if (day === undefined || this.#truncated.has(day)) continue;
      const facts = this.#entries.filter((entry) => entry.day === day);
      const allGone = facts.every(({ eventId }) => this.#gone.has(eventId));
      const held = facts.some((entry) => holds.some((hold) => keeps(hold, entry)));
      const left = (await this.#world.factsOf(day)).size === 0;
      if (left && !allGone) expect.fail(`${day} left the log, and not all of it was taken`);
      if (exactly) expect(left, day).to.equal(allGone && !held);
      if (left) this.#truncated.set(day, new Set(facts.map(({ eventId }) => eventId)));
    }
  }

  async #befalls(incident: Incident, runId: string): Promise<void> {
    switch (incident.kind) {
      case 'place':
        return this.#place(incident.hold);
      case 'release':
        return this.#release(incident.which);
      case 'kill':
        this.#world.stack.clock.advance(1);
        throw new Killed();
      case 'another':
        this.#world.stack.clock.advance(1);
        return this.#world.work(runId, async () => undefined);
    }
  }
}
