import fc from "fast-check";
import { expect, test } from "vitest";
import { isPublicAddress } from "./public-address.ts";

test.for([
  { address: "0.0.0.0", what: "any address" },
  { address: "10.255.255.255", what: "private" },
  { address: "100.64.0.1", what: "carrier's NAT" },
  { address: "100.127.255.255", what: "carrier's NAT" },
  { address: "127.0.0.1", what: "loopback" },
  { address: "127.255.255.254", what: "loopback" },
  { address: "169.254.169.254", what: "a cloud's metadata" },
  { address: "172.16.0.1", what: "private" },
  { address: "172.31.255.255", what: "private" },
  { address: "192.0.0.192", what: "protocol assignments" },
  { address: "192.0.2.1", what: "documentation" },
  { address: "192.88.99.1", what: "6to4 relays" },
  { address: "192.168.1.1", what: "private" },
  { address: "198.19.255.255", what: "benchmarks" },
  { address: "198.51.100.7", what: "documentation" },
  { address: "203.0.113.7", what: "documentation" },
  { address: "224.0.0.1", what: "multicast" },
  { address: "239.255.255.250", what: "multicast" },
  { address: "240.0.0.1", what: "reserved" },
  { address: "255.255.255.255", what: "broadcast" },
  { address: "168.63.129.16", what: "Azure's host" },
  { address: "::", what: "any address" },
  { address: "::1", what: "loopback" },
  { address: "::127.0.0.1", what: "IPv4-compatible" },
  { address: "::ffff:127.0.0.1", what: "IPv4-mapped" },
  { address: "::ffff:7f00:1", what: "IPv4-mapped" },
  { address: "::ffff:93.184.215.14", what: "IPv4-mapped" },
  { address: "64:ff9b::10.0.0.1", what: "private behind NAT64" },
  { address: "64:ff9b::a9fe:a9fe", what: "a cloud's metadata behind NAT64" },
  { address: "64:ff9b:1::1", what: "a local NAT64" },
  { address: "100::1", what: "discard-only" },
  { address: "2001::1", what: "Teredo" },
  { address: "2001:10::1", what: "ORCHID" },
  { address: "2001:db8::1", what: "documentation" },
  { address: "2002:7f00:1::", what: "6to4" },
  { address: "3fff:fff::1", what: "documentation" },
  { address: "5f00::1", what: "segment routing" },
  { address: "fc00::1", what: "unique-local" },
  { address: "fd00:ec2::254", what: "unique-local, a cloud's metadata" },
  { address: "fe80::1", what: "link-local" },
  { address: "fe80::1%eth0", what: "link-local with its zone" },
  { address: "fec0::1", what: "site-local" },
  { address: "ff02::1", what: "multicast" },
  { address: "", what: "no address" },
  { address: "hooks.example", what: "no address" },
  { address: "127.1", what: "no address as a resolver writes it" },
])("$address is not public: $what", ({ address }) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.for([
  "1.1.1.1",
  "9.255.255.255",
  "11.0.0.0",
  "93.184.215.14",
  "100.63.255.255",
  "100.128.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.1.0",
  "192.167.255.255",
  "223.255.255.255",
  "2001:200::1",
  "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
  "2a00:1450:4001::1",
  "64:ff9b::93.184.215.14",
])("%s is public", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const spellings = [
  (n: number) => `${n}`,
  (n: number) => `0x${n.toString(16)}`,
  (n: number) => `0x${n.toString(16).toUpperCase()}`,
  (n: number) => `0${n.toString(8)}`,
];

test("no address of a private network is public, however a URL writes it", () => {
  const beginning = fc.constantFrom([10], [127], [192, 168], [169, 254], [172, 16], [100, 64], [0]);
  const rest = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 3, maxLength: 3 });
  const writers = fc.array(fc.constantFrom(...spellings), { minLength: 4, maxLength: 4 });
  const address = fc.record({ beginning, rest, writers, parts: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(address, ({ beginning, rest, writers, parts }) => {
      const octets = [...beginning, ...rest].slice(0, 4);
      // The last part stands for all the bytes that are left.
      const last = octets.slice(parts - 1).reduce((sum, octet) => sum * 256 + octet, 0);
      const written = [...octets.slice(0, parts - 1), last].map((part, index) => writers[index]?.(part));
      const { hostname } = new URL(`http://${written.join(".")}/`);
      expect(hostname).toBe(octets.join("."));
      expect(isPublicAddress(hostname)).toBe(false);
      expect(isPublicAddress(`64:ff9b::${hostname}`)).toBe(false);
      expect(isPublicAddress(`::ffff:${hostname}`)).toBe(false);
    }),
  );
});
