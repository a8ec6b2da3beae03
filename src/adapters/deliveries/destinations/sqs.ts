import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { SignatureV4 } from '@smithy/signature-v4';
import type { SqsConfig } from '../../../domain/audit/streaming/destination.ts';
import { NoAnswer, type Outgoing } from '../../outgoing/outgoing.ts';
import { type DeliveryTarget, inRounds, type Outcome, type Parcel } from './destination.ts';
import { outcomeOf } from './webhook.ts';

/** Messages of one call (SendMessageBatch). */
const batchSize = 10;
const window = 100;

/**
 * Sends events to a queue as structured CloudEvents. In a FIFO queue the group is the stream, so its order is kept, and a repeated
 * delivery is one message; a replay is a message of its own.
 */
export function sqsTarget(config: SqsConfig, outgoing: Outgoing): DeliveryTarget {
  let signer: Promise<SignatureV4> | undefined;
  return {
    window,
    deliver: async (parcels, goOn) => {
      signer ??= signerFor(config);
      const sending = { signer: await signer, outgoing };
      return inRounds(parcels, (batch) => sendBatch(config, sending, batch), { most: batchSize, goOn });
    },
    close: async () => undefined,
  };
}

/** Read when the first batch goes out: a start need not wait for it. */
async function signerFor(config: SqsConfig): Promise<SignatureV4> {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  return new SignatureV4({
    service: 'sqs',
    region: config.region,
    credentials: {
      accessKeyId: config.accessKeyId,
      secretAccessKey: config.secretAccessKey,
      ...(config.sessionToken !== undefined && { sessionToken: config.sessionToken }),
    },
    sha256: Sha256,
  });
}

interface Sending {
  readonly signer: SignatureV4;
  readonly outgoing: Outgoing;
}

async function sendBatch(
  { queueUrl }: SqsConfig,
  { outgoing, signer }: Sending,
  batch: readonly Parcel[],
): Promise<readonly Outcome[]> {
  const { host, hostname, origin, port, protocol } = new URL(queueUrl);
  const body = JSON.stringify({
    QueueUrl: queueUrl,
    Entries: batch.map((parcel, index) => entryOf(parcel, index, queueUrl)),
  });
  const signed = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path: '/',
    query: {},
    headers: { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessageBatch' },
    body,
  });
  const started = performance.now();
  const answer = await outgoing
    .request({ url: `${origin}/`, method: 'POST', headers: signed.headers, body })
    .catch((error: unknown) => {
      if (error instanceof NoAnswer) return error;
      throw error;
    });
  const outcome = outcomeOf(answer, Math.round(performance.now() - started));
  if (outcome.kind !== 'taken' || answer instanceof NoAnswer) return batch.map(() => withoutGone(outcome));
  return byEntry(batch, answer.body, outcome);
}

/** A queue that is missing answers 400; 410 has no meaning here. */
function withoutGone(outcome: Outcome): Outcome {
  return outcome.kind === 'failed' ? { ...outcome, gone: false } : outcome;
}

function entryOf({ cloudEvent, deliveryId, event }: Parcel, index: number, queueUrl: string): object {
  const message = { Id: String(index), MessageBody: JSON.stringify(cloudEvent) };
  if (!new URL(queueUrl).pathname.endsWith('.fifo')) return message;
  return { ...message, MessageGroupId: groupOf(event.stream), MessageDeduplicationId: deliveryId };
}

/** A group's name takes 128 characters of ASCII. */
function groupOf(stream: string): string {
  return /^[\x21-\x7e]{1,128}$/.test(stream) ? stream : createHash('sha256').update(stream).digest('hex');
}

interface BatchAnswer {
  readonly Failed?: readonly { readonly Id: string; readonly Code?: string; readonly Message?: string }[];
}

function byEntry(batch: readonly Parcel[], body: Buffer, taken: Outcome & { kind: 'taken' }): readonly Outcome[] {
  const { Failed = [] } = JSON.parse(body.toString('utf8')) as BatchAnswer;
  const failures = new Map(Failed.map((failure) => [failure.Id, failure]));
  return batch.map((_, index): Outcome => {
    const failure = failures.get(String(index));
    if (failure === undefined) return { kind: 'taken', ms: taken.ms, status: taken.status ?? 200 };
    return {
      kind: 'failed',
      ms: taken.ms,
      error: `${failure.Code ?? 'refused'}: ${failure.Message ?? ''}`.slice(0, 500),
    };
  });
}

type Data = string | ArrayBuffer | ArrayBufferView;

/** SHA-256 and its keyed form, as the signer wants them. */
class Sha256 {
  readonly #secret: Data | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Data) {
    this.#secret = secret;
    this.#hash = this.#fresh();
  }

  #fresh(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret));
  }

  update(data: Data): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }
}

function bytesOf(data: Data): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
