import { z } from 'zod';
import { sampleOf } from '../docs/sample.ts';
import type { Subject } from './plan.ts';

export const someId = '5c1d1a8e-3f0b-4b7e-9f1c-2a6f0d9b7e11';

/** The call that makes an event of an aggregate, from sample data that its schema accepts; the id is `someId`. */
export function sampleEvent({ word, aggregate, id }: Subject, event: string): string {
  const schema = aggregate.schemas[event];
  const sample = schema === undefined ? {} : (sampleOf(z.toJSONSchema(schema, { unrepresentable: 'any' })) as object);
  return `${word.pascal}.events.${event}(${JSON.stringify({ ...sample, [id]: someId })})`;
}
