import type { DialectName } from '../dialects/dialect.ts';
import { dialectNames } from '../dialects/dialect.ts';
import type { Json, SharedSchemas } from './schemas.ts';

const text = { type: 'string' };
const issue = {
  type: 'object',
  properties: { path: { ...text, description: 'The field, dotted.' }, message: text },
  required: ['path', 'message'],
};
const details = {
  type: 'object',
  description: 'The code, its facts, and what is wrong by field.',
  properties: {
    code: { ...text, description: 'The refusal, such as KeyNotActive.' },
    issues: { type: 'array', items: issue },
  },
  required: ['code'],
  additionalProperties: true,
};
const requestId = { ...text, description: 'As in X-Request-Id.' };

const statusBody = {
  type: 'object',
  properties: {
    statusCode: { type: 'integer' },
    error: { ...text, description: "The status's name, such as BAD_REQUEST." },
    message: text,
    details,
    requestId,
    timestamp: { ...text, format: 'date-time' },
    requiredTier: { ...text, description: 'The plan that includes what was refused.' },
  },
  required: ['statusCode', 'error', 'message', 'details', 'requestId', 'timestamp'],
};

const bodies: Readonly<Record<DialectName, Json>> = {
  qnsp: statusBody,
  certifyclouds: statusBody,
  'secret-broker': statusBody,
  'tenant-registry': {
    type: 'object',
    properties: {
      error: { ...text, description: 'The code, such as invalid_input.' },
      message: text,
      details,
      requestId,
    },
    required: ['error', 'message', 'requestId'],
  },
  zeriq: {
    type: 'object',
    properties: {
      message: text,
      errors: {
        type: ['object', 'null'],
        additionalProperties: { type: 'array', items: text },
        description: 'What is wrong, by field.',
      },
      code: { ...text, description: 'The code, such as scope_denied.' },
      quota: { type: 'object', additionalProperties: true, description: 'At 429: the limit that was reached.' },
      details,
      requestId,
    },
    required: ['message', 'errors', 'code', 'requestId'],
  },
};

/** Name of a dialect's error among the components. */
export function errorName(dialect: DialectName): string {
  return `Error.${dialect}`;
}

/** Adds each dialect's error body to the components. */
export function addErrors(schemas: SharedSchemas): void {
  for (const name of dialectNames) schemas.add(errorName(name), bodies[name]);
}
