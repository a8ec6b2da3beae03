import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../random.ts';
import type { ProxiedName } from '../system/system.ts';
import { type Network, sound } from '../system/tcp-proxy.ts';
import type { Fault } from './fault.ts';

const proxied: readonly ProxiedName[] = ['node', 'postgres', 'redis'];

interface NetworkFault {
  readonly name: string;
  readonly summary: string;
  readonly become: (chance: Chance) => Network;
  /** Milliseconds it lasts at most. */
  readonly lastsMs: number;
}

function networkFault({ become, lastsMs, name, summary }: NetworkFault): Fault {
  return {
    name,
    summary,
    strike: async ({ chance, system, tell }) => {
      const store = chance.pick(proxied);
      const forMs = lastsMs / 4 + chance.below((lastsMs * 3) / 4);
      tell(`${name} between ${store} and all others for ${Math.round(forMs)} ms`);
      system.proxy(store).become(become(chance));
      await sleep(forMs);
      system.proxy(store).become(sound);
      return 0;
    },
  };
}

export const networkFaults: readonly Fault[] = [
  networkFault({
    name: 'latency',
    summary: 'what goes to and from a store takes longer',
    become: (chance) => ({ kind: 'latency', ms: 5 + chance.below(100) }),
    lastsMs: 2_000,
  }),
  networkFault({
    name: 'slicing',
    summary: 'what goes to and from a store comes a few bytes at a time',
    become: (chance) => ({ kind: 'slicing', bytes: 1 + chance.below(40) }),
    lastsMs: 2_000,
  }),
  networkFault({
    name: 'blackhole',
    summary: 'nothing comes through to or from a store, and nobody is told',
    become: () => ({ kind: 'blackhole' }),
    lastsMs: 5_000,
  }),
  networkFault({
    name: 'reset',
    summary: 'every connection to a store is reset',
    become: () => ({ kind: 'reset' }),
    lastsMs: 1_000,
  }),
  networkFault({
    name: 'half-open',
    summary: 'what goes to a store arrives, and what it answers is lost',
    become: () => ({ kind: 'half-open' }),
    lastsMs: 5_000,
  }),
];
