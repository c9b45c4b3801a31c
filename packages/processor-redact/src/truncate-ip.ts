import { isIP } from "node:net";

/** How many bits of an address stay. */
export interface PrefixBits {
  readonly ipv4: number;
  readonly ipv6: number;
}

/**
 * The address in a text that is one, without what may stand around it: a port, brackets, a zone.
 *
 * @returns undefined when the text is something else
 */
export function addressIn(text: string): string | undefined {
  const [, inBrackets] = /^\[([^[\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  const address = (inBrackets ?? beforePort ?? text).replace(/%.*$/s, "");
  const version = isIP(address);
  return version === 6 || (version === 4 && inBrackets === undefined) ? address : undefined;
}

/** @param address IPv4 or IPv6, as `addressIn` returns it */
export function truncateIp(address: string, bits: PrefixBits): string {
  if (isIP(address) === 4) return truncateIpv4(address, bits.ipv4);
  const groups = groupsOf(address);
  // An IPv4 address in an IPv6 one is cut as such: mapped (RFC 4291 §2.5.5.2), where it stands in the last two groups,
  // and 6to4 (RFC 3056 §2), where it stands in front, within what would be left of others.
  if (groups.slice(0, 6).join() === "0,0,0,0,0,65535") {
    return `::ffff:${truncateIpv4(groups.slice(6).flatMap(bytesOf).join("."), bits.ipv4)}`;
  }
  const kept = groups[0] === 0x2002 ? Math.min(bits.ipv6, 16 + bits.ipv4) : bits.ipv6;
  return canonical(
    groups.map((group, index) => keepBits(group, kept - 16 * index, 16).toString(16)).join(":"),
  );
}

function truncateIpv4(address: string, bits: number): string {
  return address
    .split(".")
    .map((byte, index) => keepBits(Number(byte), bits - 8 * index, 8))
    .join(".");
}

/** The first bits of a number of `width` bits; the others become 0. */
function keepBits(value: number, count: number, width: number): number {
  const cut = Math.min(Math.max(width - count, 0), width);
  return (value >> cut) << cut;
}

const bytesOf = (group: number): number[] => [group >> 8, group & 0xff];

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = "", tail] = canonical(address).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail ? tail.split(":") : [];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

/** The shortest form, in hexadecimal throughout: https://url.spec.whatwg.org/#concept-ipv6-serializer */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
