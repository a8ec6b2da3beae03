import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeliveryRecord } from '../checker/records.ts';

/** Takes webhooks at `/<tenant>` and keeps a record of each. */
export interface LoadReceiver {
  readonly url: string;
  readonly taken: readonly DeliveryRecord[];
  close(): Promise<void>;
}

export async function startLoadReceiver(): Promise<LoadReceiver> {
  const taken: DeliveryRecord[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { partitionkey, sequence } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const id = String(request.headers['webhook-id']);
      taken.push({ tenant: (request.url ?? '/').slice(1), id, about: `${partitionkey}@${Number(sequence)}` });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
