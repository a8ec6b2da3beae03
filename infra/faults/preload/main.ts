import { ServerResponse } from 'node:http';
import { installClock, shiftClock } from './clock.ts';
import { libraries } from './libraries.ts';
import { arm, around, type Order } from './points.ts';

/**
 * Loaded before a program by `node --import`: lets the parent process, over its channel, have it die at a named point, or shift its
 * clock. It wraps the libraries at their boundaries, so that the program itself knows nothing of it.
 */
around(ServerResponse.prototype, 'end', () => ({ before: 'answer.before', after: 'answer.after' }));
await libraries(process.env['FAULT_PART'] ?? '');
installClock();
process.on('message', (order: Order) => {
  if ('die' in order) arm(order.die);
  else shiftClock(order.clockMs);
  process.send?.('told');
});
// The channel alone must not keep a program from ending.
process.channel?.unref();
