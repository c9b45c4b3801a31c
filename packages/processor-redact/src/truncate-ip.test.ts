import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressIn, truncateIp } from "./truncate-ip.ts";

const defaultBits = { ipv4: 24, ipv6: 48 };

test.for([
  ["203.0.113.24", "203.0.113.0"],
  ["255.255.255.255", "255.255.255.0"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1::"],
  ["2001:DB8:ABCD::F", "2001:db8:abcd::"],
  ["::1", "::"],
  ["::", "::"],
  ["1::", "1::"],
  ["fe80::1", "fe80::"],
  ["0:0:1:ffff::", "0:0:1::"],
  // IPv4 in IPv6: mapped, in both notations, and 6to4, whose first 48 bits hold all of it.
  ["::ffff:203.0.113.24", "::ffff:203.0.113.0"],
  ["::FFFF:cb00:7118", "::ffff:203.0.113.0"],
  ["0:0:0:0:0:ffff:203.0.113.24", "::ffff:203.0.113.0"],
  ["2002:cb00:7118:1::2", "2002:cb00:7100::"],
  ["64:ff9b::203.0.113.24", "64:ff9b::"],
] as const)("%s becomes %s", ([address, expected]) => {
  expect(truncateIp(address, defaultBits)).toBe(expected);
});

test.for([
  { address: "203.0.113.24", bits: 0, expected: "0.0.0.0" },
  { address: "203.0.113.24", bits: 16, expected: "203.0.0.0" },
  { address: "203.0.113.25", bits: 31, expected: "203.0.113.24" },
  { address: "203.0.255.24", bits: 20, expected: "203.0.240.0" },
  { address: "2001:db8:ffff::1", bits: 0, expected: "::" },
  { address: "2001:db8:ffff::1", bits: 33, expected: "2001:db8:8000::" },
  { address: "2001:db8::ffff", bits: 127, expected: "2001:db8::fffe" },
])("$address cut to $bits bits is $expected", ({ address, bits, expected }) => {
  expect(truncateIp(address, { ipv4: bits, ipv6: bits })).toBe(expected);
});

const addresses = { 4: fc.ipV4(), 6: fc.ipV6().filter((ip) => !/^(0*:)*:?(0*:)*ffff:|^2002:|\./i.test(ip)) };

test.for([
  { version: 4, family: "ipv4", width: 32 },
  { version: 6, family: "ipv6", width: 128 },
] as const)(
  "IPv$version: what is left names the network of so many bits, and nothing in it",
  ({ version, family, width }) => {
    const bits = fc.integer({ min: 0, max: width - 1 });
    fc.assert(
      fc.property(addresses[version], addresses[version], bits, (one, other, bits) => {
        const cut = (ip: string) => truncateIp(ip, { ipv4: bits, ipv6: bits });
        const network = new BlockList();
        network.addSubnet(one, bits, family);
        expect(isIP(cut(one))).toBe(version);
        expect(network.check(cut(one), family)).toBe(true);
        // Two addresses are told apart if and only if they are in different networks.
        expect(cut(other) === cut(one)).toBe(network.check(other, family));
        // The lowest address of the network, so that no bit of the rest is left.
        const lowest = new BlockList();
        lowest.addRange(cut(one), cut(one), family);
        if (bits > 0) expect(lowest.check(one, family)).toBe(cut(one) === canonical(one));
      }),
      { seed: 2, numRuns: 1000, examples: neighbours[version] },
    );
  },
);

/** Pairs in one network, which chance would not draw. */
const neighbours: Record<4 | 6, [string, string, number][]> = {
  4: [
    ["203.0.113.24", "203.0.113.255", 24],
    ["10.0.0.1", "10.255.255.254", 8],
    ["10.0.0.1", "10.0.0.0", 31],
  ],
  6: [
    ["2001:db8::1", "2001:db8:0:ffff::", 48],
    ["2001:db8::1", "2001:db8::", 127],
    ["fe80::1", "febf::", 10],
  ],
};

const canonical = (ip: string): string =>
  isIP(ip) === 4 ? ip : new URL(`http://[${ip}]`).hostname.slice(1, -1);

test.for([
  ["203.0.113.24", "203.0.113.24"],
  ["203.0.113.24:443", "203.0.113.24"],
  ["2001:db8::1", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:443", "2001:db8::1"],
  ["fe80::1%eth0", "fe80::1"],
  ["[fe80::1%25en1]:80", "fe80::1"],
  ["::ffff:203.0.113.24", "::ffff:203.0.113.24"],
] as const)("finds the address in %s", ([text, expected]) => {
  expect(addressIn(text)).toBe(expected);
});

test.for([
  ...[
    "",
    " ",
    "localhost",
    "203.0.113",
    "203.0.113.256",
    "203.0.113.24.5",
    "0203.0.113.24",
    "127.1",
    "0x7f.0.0.1",
  ],
  ...[
    "203.0.113.24/24",
    "[203.0.113.24]",
    "203.0.113.24:",
    "203.0.113.24:port",
    "2001:db8::1::2",
    "2001:db8::g",
  ],
  ...["for=203.0.113.24", "203.0.113.24 jane", "unknown", "::ffff:203.0.113.256", "[::1", "1.2.3.4, 5.6.7.8"],
])("finds no address in '%s'", (text) => {
  expect(addressIn(text)).toBeUndefined();
});
