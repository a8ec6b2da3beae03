import { inTurn } from '../figures.ts';
import { inProcess } from '../in-process.ts';
import type { Measure } from '../measure.ts';
import { filledStores } from '../synthetic/stores.ts';
import type { AuditKept } from '../work/project.ts';

/** A fifth of the projector's time for the tree leaves the other four. */
const left = 0.8;

export const measure: Measure = {
  name: 'audit-tree',
  about: 'the projector with every read model, with the audit’s tree and chain and without',
  async run(context) {
    const stores = await filledStores(context);
    const kept = (audit: AuditKept) => (): ReturnType<typeof inProcess> => inProcess('project', { ...stores, audit });
    const taken = await inTurn(
      context.rounds,
      { whole: kept('whole'), 'without its tree': kept('without its tree'), none: kept('none') },
      (text) => context.say(`the audit ${text}`),
    );
    const rate = (audit: AuditKept): number => taken[audit]['perSecond'] ?? Number.NaN;
    const name = `all read models, from ${stores.events.toLocaleString('en')} events`;
    return [
      {
        name: `${name}, the audit with its tree`,
        unit: '/s',
        ours: rate('whole'),
        floor: { value: rate('without its tree'), of: 'the audit without its tree' },
        goals: [{ atLeast: left, times: 'floor' }],
      },
      {
        name: `${name}, the audit with its tree`,
        unit: '/s',
        ours: rate('whole'),
        floor: { value: rate('none'), of: 'no audit at all' },
      },
    ];
  },
};
