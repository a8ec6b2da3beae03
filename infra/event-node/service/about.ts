import type { ClusterInfo, EndPoint } from '@eventstore/db-client/generated/gossip_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { features, gossip, shared } from '../proto.ts';

/** The release whose protocol this node follows; clients choose their calls by it. */
export const protocolVersion = '23.10.0';

/** Everything that is served, and nothing that is not. */
const served: readonly (readonly [string, string, readonly string[]])[] = [
  ['event_store.client.streams.Streams', 'read', ['position', 'events']],
  ['event_store.client.streams.Streams', 'append', []],
  ['event_store.client.streams.Streams', 'batchappend', []],
  ['event_store.client.streams.Streams', 'delete', []],
  ['event_store.client.streams.Streams', 'tombstone', []],
  ['event_store.client.gossip.Gossip', 'read', []],
  ['event_store.client.operations.Operations', 'startscavenge', []],
  ['event_store.client.server_features.ServerFeatures', 'getsupportedmethods', []],
];

/** `ServerFeatures.GetSupportedMethods` */
export function supportedMethods(): SupportedMethods {
  const message = new features.SupportedMethods().setEventStoreServerVersion(protocolVersion);
  for (const [service, method, list] of served) {
    message.addMethods(
      new features.SupportedMethod()
        .setServiceName(service)
        .setMethodName(method)
        .setFeaturesList([...list]),
    );
  }
  return message;
}

/** `Gossip.Read`: a cluster of one, and it leads. Its address is the one the client reached it by. */
export function clusterOfOne(instance: string, authority: string): ClusterInfo {
  const leader = gossip.MemberInfo.VNodeState.LEADER;
  const member = new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(instance))
    .setTimeStamp((BigInt(Date.now()) * 10_000n).toString())
    .setState(leader)
    .setIsAlive(true)
    .setHttpEndPoint(endPoint(authority));
  return new gossip.ClusterInfo().setMembersList([member]);
}

function endPoint(authority: string): EndPoint {
  const { hostname, port } = new URL(`http://${authority}`);
  return new gossip.EndPoint().setAddress(hostname).setPort(port === '' ? 80 : Number(port));
}
