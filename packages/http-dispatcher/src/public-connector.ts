import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { DestinationRefusedError } from "@loghook/pipeline";
import { buildConnector } from "undici";
import { isPublicAddress } from "./public-address.ts";

export interface PublicConnectorOptions {
  /** How the config names a setting, for messages. */
  readonly setting: (key: string) => string;
  /** Resolves names. Default: as Node.js does. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Connects to public addresses only. Fails with a `DestinationRefusedError` for a host that is, or has, any other.
 *
 * A name is looked up once for each connection, and the connection is made to an address of that one answer, after all
 * of them were checked: a name that has another address a moment later (DNS rebinding) gains nothing by it.
 */
export function publicConnector(
  options: buildConnector.BuildOptions,
  { setting, lookup = systemLookup }: PublicConnectorOptions,
): buildConnector.connector {
  const refusal = refusalBy(setting);
  const connect = buildConnector({ ...options, lookup: publicLookup(lookup, refusal) });
  return (target, callback) => {
    // Node.js looks up no address.
    const { hostname } = target;
    if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) callback(refusal(hostname, hostname), null);
    else connect(target, callback);
  };
}

type Refusal = (host: string, address: string) => DestinationRefusedError;

function refusalBy(setting: (key: string) => string): Refusal {
  const key = setting("deny_private_networks");
  return (host, address) => {
    const named = host === address ? address : `${host}, which has the address ${address},`;
    return new DestinationRefusedError(`${named} is not on the public internet, and ${key} is true.`, {
      remedy: `Check the address. If it is meant, leave ${key} out.`,
    });
  };
}

/** One address that is not public is enough to refuse: which of several a connection is made to is a matter of luck. */
export function publicLookup(lookup: LookupFunction, refusal: Refusal): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, "", 0);
      const addresses = typeof found === "string" ? [{ address: found, family: family ?? 0 }] : found;
      const [first] = addresses;
      const bad = addresses.find(({ address }) => !isPublicAddress(address));
      if (bad) return callback(refusal(hostname, bad.address), "", 0);
      if (options.all || !first) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}
