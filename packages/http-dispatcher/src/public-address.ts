import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * What is not on the public internet, by the registries of special-purpose addresses:
 * https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/multicast-addresses.
 */
const specialIpv4 = [
  ["0.0.0.0", 8], // this network, and "any address"
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared behind a carrier's NAT
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, and the metadata services of clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays, deprecated
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
  // The host's own services in Azure, under a public address:
  // https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
  ["168.63.129.16", 32],
] as const;

/**
 * The only unicast addresses that are given out, https://www.iana.org/assignments/ipv6-address-space: loopback,
 * link-local, unique-local, multicast, IPv4-mapped and all others lie outside of it.
 */
const globalUnicast = ["2000::", 3] as const;

/** What of `globalUnicast` is not public, https://www.iana.org/assignments/iana-ipv6-special-registry. */
const specialIpv6 = [
  ["2001::", 23], // protocol assignments, and Teredo, which has an IPv4 address in it
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4, which has an IPv4 address in it
  ["3fff::", 20], // documentation
] as const;

/** An IPv4 address as a network without IPv4 writes it (RFC 6052). The translator may well reach private ones. */
const nat64 = "64:ff9b::";

const unicast = new BlockList();
for (const [network, prefix] of [globalUnicast, [nat64, 96]] as const)
  unicast.addSubnet(network, prefix, "ipv6");

const special = new BlockList();
for (const [network, prefix] of specialIpv6) special.addSubnet(network, prefix, "ipv6");
for (const [network, prefix] of specialIpv4) {
  special.addSubnet(network, prefix, "ipv4");
  special.addSubnet(`${nat64}${network}`, 96 + prefix, "ipv6");
}

/** Whether an IP address belongs to the public internet. What is no address does not. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, "ipv4");
  return isIPv6(address) && unicast.check(address, "ipv6") && !special.check(address, "ipv6");
}
