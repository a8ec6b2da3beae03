import { type Figures, inTurn } from '../figures.ts';
import { inProcess } from '../in-process.ts';
import type { Measure } from '../measure.ts';
import type { Row } from '../row.ts';
import { type ModelName, models } from '../synthetic/models.ts';
import { filledStores } from '../synthetic/stores.ts';

export const measure: Measure = {
  name: 'rebuild',
  about: 'read models from the log, against a bare loop that reads it and writes the same rows in bulk',
  async run(context) {
    const stores = await filledStores(context);
    const rows: Row[] = [];
    for (const model of Object.keys(models) as ModelName[]) {
      const asked = { ...stores, model };
      const contenders = {
        ours: () => inProcess('rebuild', asked),
        bare: () => inProcess('bare-rebuild', asked),
      };
      const taken = await inTurn(context.rounds, contenders, (text) => context.say(`${model}: ${text}`));
      rows.push(...rowsOf(model, stores.events, taken));
    }
    return rows;
  },
};

function rowsOf(model: string, events: number, { bare, ours }: Readonly<Record<'bare' | 'ours', Figures>>): Row[] {
  const name = `rebuild of ${model} from ${events.toLocaleString('en')} events`;
  return [
    {
      name,
      unit: '/s',
      ours: ours['perSecond'] ?? 0,
      floor: { value: bare['perSecond'] ?? 0, of: 'bare loop' },
      goals: [{ atLeast: 0.5, times: 'floor' }],
    },
    {
      name: `${name}, most memory`,
      unit: 'MiB',
      ours: ours['peakMiB'] ?? Number.NaN,
      floor: { value: bare['peakMiB'] ?? 0, of: 'bare loop' },
      goals: [{ below: 400 }],
    },
  ];
}
