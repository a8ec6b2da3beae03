import { credentials, Metadata } from '@grpc/grpc-js';
import { operations, operationsGrpc } from './proto.ts';

/** Calls the client's package has no function for. */
export function client(url: string): { scavenge(): Promise<void> } {
  const parsed = new URL(url);
  const secure = parsed.searchParams.get('tls') !== 'false';
  const calls = new operationsGrpc.OperationsClient(
    parsed.host,
    secure ? credentials.createSsl() : credentials.createInsecure(),
  );
  const metadata = new Metadata();
  if (parsed.username !== '') {
    const pair = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
    metadata.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  }
  return {
    scavenge: () =>
      new Promise((resolve, reject) => {
        const request = new operations.StartScavengeReq().setOptions(new operations.StartScavengeReq.Options());
        calls.startScavenge(request, metadata, (error: Error | null) => {
          calls.close();
          if (error === null) resolve();
          else reject(error);
        });
      }),
  };
}
