import ipaddr from 'ipaddr.js';

/** Why an address is not connected to; undefined where it may be. */
export type AddressRule = (address: string) => string | undefined;

/** Addresses that are public by their range and still belong to the host's own cloud. */
const hostServices: readonly string[] = ['168.63.129.16'];
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
/** Networks within it that are translated or tunnelled (RFC 2928, RFC 3056). */
const closed = [ipaddr.IPv6.parseCIDR('2001::/23'), ipaddr.IPv6.parseCIDR('2002::/16')];

/**
 * Only addresses of the public internet may be connected to, and those of networks that are allowed by name. Everything else is
 * refused, whatever it is written as: private, loopback, link-local (with the metadata services), shared, multicast, reserved, and
 * IPv6 that carries an IPv4 address within (mapped, NAT64, 6to4, Teredo).
 *
 * @param allowed CIDR ranges or single addresses that may be connected to all the same
 */
export function addressRule(allowed: readonly string[]): AddressRule {
  const ranges = allowed.map(rangeOf);
  return (text) => {
    if (!ipaddr.isValid(text)) return 'is no address';
    const address = ipaddr.process(text);
    if (ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))) {
      return undefined;
    }
    const given = ipaddr.parse(text);
    return given.kind() === 'ipv4' ? refuseIpv4(given as ipaddr.IPv4) : refuseIpv6(given as ipaddr.IPv6);
  };
}

function refuseIpv4(address: ipaddr.IPv4): string | undefined {
  if (hostServices.includes(address.toString())) return 'is a service of the host';
  const range = address.range();
  return range === 'unicast' ? undefined : `is ${range}`;
}

function refuseIpv6(address: ipaddr.IPv6): string | undefined {
  const range = address.range();
  if (range !== 'unicast') return `is ${range}`;
  if (!address.match(globalUnicast) || closed.some((network) => address.match(network))) return 'is not public';
  return undefined;
}

/** @throws {TypeError} neither an address nor a range */
function rangeOf(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) throw new TypeError(`${text} is neither an address nor a CIDR range`);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
