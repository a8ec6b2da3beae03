import dns, { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { AddressRule } from './addresses.ts';

/** The target is not one we connect to: nothing was sent. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** Every address of a name, as `dns.lookup` gives them. */
export type Resolve = (
  name: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

const systemResolve: Resolve = (name, done) => dns.lookup(name, { all: true, order: 'verbatim' }, done);

/** What every connection to the outside passes. */
export interface Guard {
  /** For `net.connect` and what is built on it: the addresses it answers are those connected to, so none can change in between. */
  readonly lookup: LookupFunction;
  /** A host that is an address needs no lookup, so it is looked at here. @throws {TargetRefused} */
  checkHost(host: string): void;
}

/** @param resolve the system's where absent */
export function createGuard(rule: AddressRule, resolve: Resolve = systemResolve): Guard {
  const check = (host: string, address: string): void => {
    const why = rule(address);
    if (why === undefined) return;
    // What a name leads to inside is nobody's business outside.
    const what = host === address ? `${address} ${why}` : `${host} leads to an address that is not public`;
    throw new TargetRefused(`${what}: destinations must be reachable on the public internet`);
  };
  return {
    checkHost: (host) => {
      const bare = host.replace(/^\[|\]$/g, '').split('%')[0] ?? '';
      if (isIP(bare) !== 0) check(bare, bare);
    },
    lookup: (host, options, done) => {
      resolve(host, (error, addresses) => {
        if (error !== null) return done(error, []);
        try {
          // One that is refused refuses all: a name that points both inside and outside is no mistake.
          for (const { address } of addresses) check(host, address);
        } catch (refused) {
          return done(refused as Error, []);
        }
        answer(addresses, options, done);
      });
    },
  };
}

function answer(
  addresses: readonly LookupAddress[],
  options: Parameters<LookupFunction>[1],
  done: Parameters<LookupFunction>[2],
): void {
  const { all, family } = options;
  const wanted = family === 4 || family === 6 ? addresses.filter((each) => each.family === family) : addresses;
  const [first] = wanted;
  if (first === undefined) done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
  else if (all === true) done(null, [...wanted]);
  else done(null, first.address, first.family);
}
