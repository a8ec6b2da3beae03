import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { IHeaders, ISocketFactory, KafkaConfig as KafkaOptions, Producer, SASLOptions } from 'kafkajs';
import { isPort, type KafkaConfig } from '../../../domain/audit/streaming/destination.ts';
import type { Guard } from '../../outgoing/guard.ts';
import { type DeliveryTarget, messageOf, type Outcome, type Parcel } from './destination.ts';

const window = 500;
const connectMs = 5_000;
const requestMs = 8_000;

/**
 * Writes events to a topic in CloudEvents' binary form. The key is the stream, which names tenant and aggregate: one partition holds
 * all of a stream, in order. The client is loaded when the first such destination is used.
 */
export function kafkaTarget(config: KafkaConfig, guard: Guard): DeliveryTarget {
  let connected: Promise<Producer> | undefined;
  const producer = (): Promise<Producer> => {
    connected ??= connectProducer(config, guard).catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
  const close = async (): Promise<void> => {
    const last = connected;
    connected = undefined;
    await (await last?.catch(() => undefined))?.disconnect().catch(() => undefined);
  };
  return {
    window,
    close,
    deliver: async (parcels) => {
      const started = performance.now();
      const outcome = await send(producer, config.topic, parcels).catch(async (error: unknown) => {
        await close();
        return messageOf(error);
      });
      const ms = Math.round(performance.now() - started);
      return parcels.map(
        (): Outcome => (outcome === undefined ? { kind: 'taken', ms } : { kind: 'failed', ms, error: outcome }),
      );
    },
  };
}

async function send(producer: () => Promise<Producer>, topic: string, parcels: readonly Parcel[]): Promise<undefined> {
  const to = await producer();
  await to.send({
    topic,
    acks: -1,
    timeout: requestMs,
    messages: parcels.map(({ cloudEvent: { data, ...attributes }, event }) => ({
      key: event.stream,
      value: JSON.stringify(data),
      timestamp: String(Date.parse(event.at) || 0),
      headers: headersOf(attributes),
    })),
  });
}

/** Attributes as the Kafka protocol binding writes them. */
function headersOf({ datacontenttype, ...attributes }: Readonly<Record<string, string | number>>): IHeaders {
  const named = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)]);
  return { 'content-type': String(datacontenttype), ...Object.fromEntries(named) };
}

async function connectProducer({ brokers, sasl, tls }: KafkaConfig, guard: Guard): Promise<Producer> {
  const { Kafka, logLevel, Partitioners } = await import('kafkajs');
  const options: KafkaOptions = {
    clientId: 'keyledger',
    brokers: [...brokers],
    ssl: tls ? { minVersion: 'TLSv1.2' } : false,
    connectionTimeout: connectMs,
    requestTimeout: requestMs,
    logLevel: logLevel.NOTHING,
    // The schedule of deliveries tries again; the client itself only a little, for a leader that has just changed.
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    socketFactory: guardedSockets(guard),
    ...(sasl && { sasl: sasl as SASLOptions }),
  };
  const producer = new Kafka(options).producer({
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  try {
    await producer.connect();
    return producer;
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
}

/** Brokers name other brokers, so each connection is judged, not only those that were configured. */
function guardedSockets({ checkHost, lookup }: Guard): ISocketFactory {
  return ({ host, onConnect, port, ssl }) => {
    checkHost(host);
    // A socket that is given such a port throws, and its handle is left for ever.
    if (!isPort(port)) throw new RangeError(`${host} names no port from 1 to 65535`);
    const target = { host, port, lookup };
    const secured = Boolean(ssl);
    const named = isIP(host) === 0 ? { servername: host } : {};
    const socket: Socket = secured
      ? connectTls({ ...target, ...named, ...ssl }, onConnect)
      : connectPlain(target, onConnect);
    return socket.setKeepAlive(true, 60_000);
  };
}
