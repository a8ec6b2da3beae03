import { convertToCommandError } from '@eventstore/db-client';
import { type Connection, type ReadCall, Streams, withoutDeadline } from './connection.ts';
import { encodeReadAll, type ReadEvent } from './read-wire.ts';
import { StalledCall } from './stalled-call.ts';

/** Looks at a call within the time that it may stay silent. */
const looks = 4;

/**
 * Events of `$all` in commit order over the client's connection, a page at once.
 *
 * @param range `from` is inclusive; undefined is the log's start
 * @throws the client's own errors, and a transient one where nothing came for `stallMs`
 */
export async function readEvents(
  connection: Connection,
  range: { readonly from: bigint | undefined; readonly max: number },
  stallMs: number,
): Promise<readonly ReadEvent[]> {
  const open = connection.GRPCStreamCreator(Streams, 'readAll', (client) =>
    client.read(encodeReadAll(range), ...connection.callArguments({}, withoutDeadline)),
  );
  return collected(await open(), stallMs);
}

function collected(call: ReadCall, stallMs: number): Promise<readonly ReadEvent[]> {
  const events: ReadEvent[] = [];
  let silent = 0;
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      silent++;
      if (silent <= looks) return;
      fail(new StalledCall(stallMs));
      call.cancel();
    }, stallMs / looks);
    const fail = (error: Error): void => {
      clearInterval(timer);
      reject(error);
    };
    call.on('data', (event: ReadEvent | undefined) => {
      silent = 0;
      if (event !== undefined) events.push(event);
    });
    call.on('error', (error) => fail(convertToCommandError(error)));
    call.on('end', () => {
      clearInterval(timer);
      resolve(events);
    });
  });
}
