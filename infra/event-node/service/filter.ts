import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { RE2JS } from 're2js';
import type { StoredEvent } from '../storage/record.ts';
import { errors } from './errors.ts';

/** A server-side filter of `$all`. */
export interface EventFilter {
  matches(event: StoredEvent): boolean;
  /** Events looked at between two checkpoints. */
  readonly checkpointEvery: number;
}

/** Events searched before a checkpoint, where the request gives no window: the protocol's default. */
const defaultWindow = 32;

/** The pattern that leaves out system events and streams; met so often that it has a way of its own. */
const noSystem = new Set(['^[^\\$].*', '^[^$].*']);

/**
 * The filter a request asks for. Patterns run in linear time (RE2), whatever a client sends.
 *
 * @throws a bad-request error for a pattern RE2 does not take
 */
export function filterOf(options: ReadReq.Options): EventFilter | undefined {
  const filter = options.getFilter();
  if (filter === undefined) return undefined;
  const byType = filter.getEventType();
  const expression = byType ?? filter.getStreamIdentifier();
  if (expression === undefined) throw errors.badRequest('a filter names event types or streams');
  const test = testOf(expression.getRegex(), expression.getPrefixList());
  const window = filter.getMax() === 0 ? defaultWindow : filter.getMax();
  return {
    matches: byType === undefined ? (event) => test(event.streamName) : (event) => test(event.type),
    checkpointEvery: window * Math.max(filter.getCheckpointintervalmultiplier(), 1),
  };
}

function testOf(regex: string, prefixes: readonly string[]): (text: string) => boolean {
  if (regex === '') return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  if (noSystem.has(regex)) return (text) => text !== '' && !text.startsWith('$');
  try {
    const pattern = RE2JS.compile(regex);
    return (text) => pattern.matcher(text).find();
  } catch (error) {
    throw errors.badRequest(`the filter's pattern is not accepted: ${(error as Error).message}`);
  }
}
