import type { AnyEndpoint } from '../../kernel/pipeline/answer.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { describeInput, type RouteShape } from './inputs.ts';
import { refusalResponses } from './refusals.ts';
import type { Json, SharedSchemas } from './schemas.ts';
import { successResponses } from './success.ts';

/** One route of an endpoint. */
export interface DescribedRoute {
  readonly endpoint: AnyEndpoint;
  readonly context: string;
  readonly dialect: Dialect;
  readonly shape: RouteShape;
  /** The route is in one of the five documents. */
  readonly documented: boolean;
  /** 0 for the endpoint's own route, else which of its other spellings. */
  readonly alias: number;
}

export function tagOf({ context, dialect }: Pick<DescribedRoute, 'context' | 'dialect'>): string {
  return `${dialect.name}: ${context === '' ? 'general' : context}`;
}

/** The OpenAPI operation of a route. */
export function describeOperation(route: DescribedRoute, schemas: SharedSchemas): Json {
  const { alias, dialect, endpoint, shape } = route;
  const { parameters, requestBody } = describeInput(endpoint, shape, schemas);
  return {
    operationId: alias === 0 ? endpoint.name : `${endpoint.name}.${alias}`,
    tags: [tagOf(route)],
    summary: endpoint.summary,
    description: descriptionOf(route),
    security: securityOf(endpoint, dialect),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      ...successResponses(endpoint, dialect, schemas),
      ...refusalResponses(endpoint, dialect, shape.method !== 'GET'),
    },
    'x-keyledger': extensionOf(route),
  };
}

function securityOf({ controls }: AnyEndpoint, dialect: Dialect): readonly Json[] {
  if (controls.permission === 'public') return [];
  return dialect.name === 'secret-broker' ? [{ bearer: [] }, { agentSecret: [] }] : [{ bearer: [] }];
}

function descriptionOf({ alias, endpoint: { controls, route } }: DescribedRoute): string {
  const { entitlement, permission, platformOnly } = controls;
  const who =
    permission === 'public'
      ? 'Open to anybody.'
      : permission === 'authenticated'
        ? 'Needs a credential.'
        : `Needs the permission \`${permission}\`.`;
  return [
    who,
    ...(platformOnly === true ? ["For the platform's own operators."] : []),
    ...(entitlement === undefined ? [] : [`Needs a plan or add-on that includes \`${entitlement}\`.`]),
    ...(alias === 0 ? [] : [`Another spelling of \`${route ?? ''}\`.`]),
  ].join(' ');
}

/** What the product declares beyond OpenAPI's words; absent facts are left out. */
function extensionOf({ context, dialect, documented, endpoint }: DescribedRoute): Json {
  const { controls } = endpoint;
  const facts = {
    operation: endpoint.name,
    kind: endpoint.kind,
    context,
    dialect: dialect.name,
    documented,
    permission: controls.permission,
    entitlement: controls.entitlement,
    meter: controls.quota?.meter,
    ...(endpoint.kind === 'query'
      ? { reads: endpoint.reads }
      : { effect: endpoint.controls.effect, billable: endpoint.controls.billable }),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
