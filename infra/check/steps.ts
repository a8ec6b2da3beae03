import { contracts } from './contracts.ts';
import { generated } from './generated.ts';
import { imports } from './imports/step.ts';
import { layout } from './layout.ts';
import { naming } from './naming.ts';
import { rejections } from './rejections.ts';
import { secrets } from './secrets.ts';
import { sizes } from './sizes.ts';
import type { Step } from './step.ts';
import { lint, types } from './tools.ts';
import { wording } from './wording.ts';

/** What `npm run check` does, in this order. */
export const steps: readonly Step[] = [
  types,
  lint,
  imports,
  sizes,
  layout,
  naming,
  rejections,
  wording,
  secrets,
  generated,
  contracts,
];
