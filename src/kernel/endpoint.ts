import type { z } from 'zod';
import type { Actor } from './aggregate.ts';
import type { Rejections } from './rejection.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** `POST /kms/v1/keys/:keyId/rotate` */
export type Route = `${Method} /${string}`;

/** Who may call. `public`: nobody need be known (login). `authenticated`: any valid credential. Else a permission string. */
export type Permission = 'public' | 'authenticated' | (string & {});

/** What the audit says about a request: the action and the id of the thing acted on. */
export interface AuditDeclaration<Input> {
  readonly action: string;
  readonly subject: (input: Input) => string;
  /** More for the fact of an answered read or operation (then with the body) or of a refusal (without). Never a secret. */
  readonly details?: (input: Input, body: unknown) => Readonly<Record<string, string | number | boolean>>;
}

/** What is counted against a quota: the meter, and how many units one request takes. */
export interface QuotaDeclaration<Input> {
  readonly meter: string;
  readonly cost: number | ((input: Input) => number);
}

interface ChangeControls<Input> {
  readonly permission: Permission;
  /**
   * For the platform tenant's own callers only: in any other tenant not even `*` grants it. A command that says where it `actsIn`
   * writes there, by the hand of the platform's caller; no other endpoint reaches beyond its caller's tenant.
   */
  readonly platformOnly?: boolean | { readonly actsIn: (input: Input) => string };
  /** It takes access away: acknowledged only when no process can still accept what it took. */
  readonly revokes?: boolean;
  readonly billable?: string;
  readonly audit: AuditDeclaration<Input>;
}

/** Creating and changing may be gated by plan and quota. */
export interface GatedControls<Input> extends ChangeControls<Input> {
  readonly effect: 'create' | 'change';
  readonly entitlement?: string;
  readonly quota?: QuotaDeclaration<Input>;
}

/** Removing and revoking never are: what is a customer's stays removable when the plan lapses. */
export interface RemovalControls<Input> extends ChangeControls<Input> {
  readonly effect: 'remove';
  readonly entitlement?: never;
  readonly quota?: never;
}

export type CommandControls<Input> = GatedControls<Input> | RemovalControls<Input>;

/** An operation that only reads (opening a secret) is metered but never gated; one that uses a paid service may be. */
export type OperationControls<Input> =
  | (ChangeControls<Input> & {
      readonly effect: 'use';
      readonly entitlement?: string;
      readonly quota?: QuotaDeclaration<Input>;
    })
  | (ChangeControls<Input> & {
      readonly effect: 'read';
      readonly entitlement?: never;
      readonly quota?: never;
    });

/** Queries are never gated. `audit: 'access'` makes each answer a fact on the log before it leaves. */
export interface QueryControls<Input> {
  readonly permission: Permission;
  readonly platformOnly?: boolean;
  readonly audit: 'none' | AuditDeclaration<Input>;
  readonly entitlement?: never;
  readonly quota?: never;
}

/** The parts all endpoints share. */
export interface EndpointBase<I extends z.ZodType, O extends z.ZodType, R extends Rejections> {
  /** `<ctx>.<verbNoun>` */
  readonly name: string;
  readonly summary: string;
  /** Absent: internal, called by reactions and workers only. */
  readonly route?: Route;
  /** Other spellings of the same route. */
  readonly aliases?: readonly Route[];
  /** Status of success; 200 where absent, 204 sends no body. */
  readonly status?: 200 | 201 | 202 | 204;
  readonly input: I;
  /** Fields of the input that a header gives, by the header's name in lower case; it counts before a query parameter. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly output: O;
  readonly rejections?: R;
  /** Largest request body in bytes; 256 KiB where absent. */
  readonly maxBodyBytes?: number;
}

/** What a pure decision may know besides state and input. */
export interface Context {
  /** ISO 8601, UTC: the larger of the injected clock's time and the last time seen. */
  readonly now: string;
  readonly tenant: string;
  readonly actor: Actor;
  readonly permissions: readonly string[];
  /** The session or token that the caller's credential belongs to. */
  readonly credentialId?: string | undefined;
  readonly requestId: string;
  /** UUID of this command: the same for each retry of it. */
  readonly commandId: string;
  /** A UUID derived from the command's id and a label: stable over retries, so no randomness in decisions. */
  newId(label?: string): string;
}
