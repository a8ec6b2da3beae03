import { z } from 'zod';

const url = (what: string) =>
  z
    .string()
    .max(2_048)
    .refine(isPlainUrl, `is ${what}: http or https, without user, password and fragment`)
    .transform((text) => new URL(text).href);

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hash, password, protocol, username } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && `${username}${password}${hash}` === '';
}

/** Headers that HTTP, the envelope or the signature need for themselves. */
const reserved =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|keep-alive|expect|proxy-.*|webhook-.*|ce-.*)$/i;
const HeaderName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'is the name of a header')
  .refine((name) => !reserved.test(name), 'is a header that deliveries need for themselves');

const secretBytes = { least: 24, most: 64 };

/** `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks). */
export const SigningSecret = z.string().refine((text) => {
  const bytes = Buffer.from(text.slice('whsec_'.length), 'base64');
  const inRange = bytes.length >= secretBytes.least && bytes.length <= secretBytes.most;
  return inRange && text === `whsec_${bytes.toString('base64')}`;
}, 'is whsec_ followed by 24 to 64 bytes in base64');

const Webhook = z.strictObject({
  url: url('where events are posted'),
  headers: z
    .record(HeaderName, z.string().regex(/^[\x20-\x7e]{0,1000}$/, 'is printable ASCII'))
    .refine((headers) => Object.keys(headers).length <= 20, 'has at most 20 headers')
    .default({}),
  secret: SigningSecret.optional(),
});

const Kafka = z.strictObject({
  brokers: z
    .array(z.string().regex(/^(?:[\w.-]{1,253}|\[[0-9a-fA-F:.]+\]):\d{1,5}$/, 'is host:port'))
    .min(1)
    .max(20),
  topic: z.string().regex(/^[\w.-]{1,249}$/, 'is the name of a topic'),
  tls: z.boolean().default(true),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string().min(1).max(200),
      password: z.string().min(1).max(500),
    })
    .optional(),
});

const Sqs = z.strictObject({
  queueUrl: url('the URL of a queue'),
  region: z.string().regex(/^[a-z0-9-]{1,30}$/, 'is a region such as eu-central-1'),
  accessKeyId: z.string().regex(/^\w{4,128}$/, 'is the id of an access key'),
  secretAccessKey: z.string().min(1).max(500),
  sessionToken: z.string().min(1).max(4_096).optional(),
});

/** Whether it can be connected to. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** The client of Kafka takes no IPv6 addresses. */
function isBroker(text: string): boolean {
  const [host, port, ...rest] = text.split(':');
  return host !== '' && rest.length === 0 && isPort(Number(port));
}

/** A destination as it was sealed, by the rules of its day. */
export const StoredDestination = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('webhook'), config: Webhook }),
  z.strictObject({ type: z.literal('kafka'), config: Kafka }),
  z.strictObject({ type: z.literal('sqs'), config: Sqs }),
]);

/** Where events go. Everything in `config` is sealed; reads show only where it leads. */
export const Destination = StoredDestination.refine(
  (destination) => destination.type !== 'kafka' || destination.config.brokers.every(isBroker),
  {
    path: ['config', 'brokers'],
    message: 'are host:port, each by a name or an IPv4 address and a port from 1 to 65535',
  },
);

export type Destination = z.output<typeof Destination>;
export type WebhookConfig = z.output<typeof Webhook>;
export type KafkaConfig = z.output<typeof Kafka>;
export type SqsConfig = z.output<typeof Sqs>;

/** What may be shown of a destination. */
export const ShownDestination = z.object({
  type: z.enum(['webhook', 'kafka', 'sqs']),
  /** `https://host/path`, `topic at host:port`, or the queue's URL; never with what a query string may hold. */
  target: z.string(),
});
export type ShownDestination = z.output<typeof ShownDestination>;

export function shownDestination({ config, type }: Destination): ShownDestination {
  if (type === 'kafka') return { type, target: `${config.topic} at ${config.brokers.join(', ')}` };
  const { origin, pathname } = new URL(type === 'webhook' ? config.url : config.queueUrl);
  return { type, target: `${origin}${pathname}` };
}
