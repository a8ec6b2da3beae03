import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Document, Schema } from './document.ts';

/** Says what is wrong with a value by a schema of the document; undefined where nothing is. */
export type Check = (schema: Schema, value: unknown) => string | undefined;

const root = 'document';

/** Compiles each schema once. */
export function checkerOf({ components }: Document): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: false, formats: fullFormats });
  ajv.addSchema({ $id: root, components });
  const compiled = new Map<Schema, ValidateFunction>();
  return (schema, value) => {
    const validate = compiled.get(schema) ?? ajv.compile(anchored(schema) as Schema);
    compiled.set(schema, validate);
    if (validate(value)) return undefined;
    return ajv.errorsText(validate.errors, { dataVar: 'body' });
  };
}

/** With its references led to the document they are of. */
function anchored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(anchored);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? `${root}${item}` : anchored(item),
    ]),
  );
}
