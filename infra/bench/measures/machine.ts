import { inTurn } from '../figures.ts';
import { roundTripMs, runtimeStartMs, syncedWrites } from '../floor.ts';
import type { Measure } from '../measure.ts';

export const measure: Measure = {
  name: 'machine',
  about: 'what this machine does with nothing of ours on it; no goals',
  async run({ dir, rounds, say, seconds }) {
    const { machine } = await inTurn(
      rounds,
      {
        machine: async () => ({
          writes: syncedWrites(dir, seconds / 2),
          trip: await roundTripMs(500),
          start: await runtimeStartMs(),
        }),
      },
      say,
    );
    return [
      { name: 'synced writes of 600 bytes, one at a time', unit: '/s', ours: machine['writes'] ?? 0 },
      { name: 'loopback round trip of 600 bytes', unit: 'ms', ours: machine['trip'] ?? 0 },
      { name: 'start and end of the runtime', unit: 'ms', ours: machine['start'] ?? 0 },
    ];
  },
};
