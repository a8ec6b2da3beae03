import type { AnyCommand } from '../command.ts';
import type { AnyOperation } from '../operation.ts';
import type { Credential, RateAnswer, RequestInfo } from '../ports.ts';
import type { AnyQuery } from '../query.ts';

export type AnyEndpoint = AnyCommand | AnyOperation | AnyQuery;

/** One reason why an input was refused. */
export interface Issue {
  /** Dotted path of the field; empty for the input as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Why an answer is not a success. */
export interface Refusal {
  readonly code: string;
  readonly detail?: string;
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
  readonly issues?: readonly Issue[];
  /** The plan that would allow it. */
  readonly requiredTier?: string;
}

/** What the pipeline gives back for any request; each transport renders it. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** Commit position of what was written for this request. */
  readonly position?: bigint;
  /** A command was accepted and nothing had to be written, or was before by the same idempotency key: it counts against no quota. */
  readonly unchanged?: boolean;
  readonly rejection?: Refusal;
  readonly rate?: RateAnswer;
  readonly retryAfterSeconds?: number;
}

/** Runs an endpoint for whoever the credential belongs to. Never throws for anything expected. */
export type Executor = (
  endpoint: AnyEndpoint,
  input: unknown,
  credential: Credential | undefined,
  info: RequestInfo,
) => Promise<Answer>;
