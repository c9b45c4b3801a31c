import { RetryableError } from "./errors.ts";

interface EndpointCall {
  /** How many the endpoint has, this one among them. */
  readonly inFlight: number;
  readonly now: number;
  readonly random: () => number;
}

/** What becomes of a call, and after how long. */
interface EndpointAnswer {
  readonly ms: number;
  readonly error?: RetryableError;
  /** It is never answered, and not in the endpoint's way: `ms` is until the caller gives up. */
  readonly isDropped?: boolean;
}

export type Endpoint = (call: EndpointCall) => EndpointAnswer;

/** Numbers from 0 to 1 that look random and are the same for the same seed: a linear congruential generator. */
export function seededRandom(seed: number): () => number {
  let state = BigInt(seed) * 7_919n + 12_345n;
  return () => {
    // The factor is Knuth's for 64 bits; the high bits are the random ones.
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    return Number(state >> 11n) / 2 ** 53;
  };
}

/** A lognormal factor around 1 whose logarithm deviates by `share`. */
function jitter(share: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(share * normal - share ** 2 / 2);
}

const unavailable = (retryAfterMs?: number): RetryableError =>
  new RetryableError("It cannot take it now.", { retryAfterMs });

/** Takes any number at once. */
export function unlimited(ms: number, jitterShare = 0): Endpoint {
  return ({ random }) => ({ ms: ms * jitter(jitterShare, random) });
}

/** Works at so many at once; the others wait for their turn there. */
export function workers(count: number, ms: number, jitterShare = 0): Endpoint {
  const freeAt = Array.from({ length: count }, () => 0);
  return ({ now, random }) => {
    const first = freeAt.indexOf(Math.min(...freeAt));
    const doneAt = Math.max(now, freeAt[first] ?? 0) + ms * jitter(jitterShare, random);
    freeAt[first] = doneAt;
    return { ms: doneAt - now };
  };
}

/** Answers within 100 ms, and more and more slowly with more than 10 at once. */
export const shallowKnee: Endpoint = ({ inFlight, random }) => ({
  ms: 100 * jitter(0.1, random) * (1 + 0.04 * Math.max(0, inFlight - 10) ** 1.3),
});

/** Refuses at once what is more than `count` at once; the others take 50 ms. */
export function defersBeyond(count: number, retryAfterMs?: number): Endpoint {
  return ({ inFlight, random }) =>
    inFlight > count ? { ms: 5, error: unavailable(retryAfterMs) } : { ms: 50 * jitter(0.1, random) };
}

/** Leaves unanswered what is more than `count` at once. Its caller gives up after 5 seconds. */
export function dropsBeyond(count: number): Endpoint {
  return ({ inFlight, random }) =>
    inFlight > count ? { ms: 5000, error: unavailable(), isDropped: true } : { ms: 50 * jitter(0.1, random) };
}

/** Takes so many a second, each in 50 ms, and asks for a second's pause beyond. */
export function takesPerSecond(count: number): Endpoint {
  let second = 0;
  let taken = 0;
  return ({ now, random }) => {
    if (Math.floor(now / 1000) !== second) taken = 0;
    second = Math.floor(now / 1000);
    taken += 1;
    return taken > count ? { ms: 5, error: unavailable(1000) } : { ms: 50 * jitter(0.1, random) };
  };
}

/** Takes any number at once, and fails by chance. */
export function failsByChance(share: number): Endpoint {
  return ({ random }) =>
    random() < share ? { ms: 50, error: unavailable() } : { ms: 50 * jitter(0.1, random) };
}

/** Takes any number at once, most in 80 ms and one of fifty a second later. */
export const longTail: Endpoint = ({ random }) => ({
  ms: 80 * jitter(0.2, random) + (random() < 0.02 ? 1000 : 0),
});

/** Is slow for 150 ms now and then, whatever it has to do. */
export function moody(): Endpoint {
  let until = 0;
  let isSlow = false;
  return ({ now, random }) => {
    if (now > until) {
      isSlow = random() < 0.15;
      until = now + 300 * random();
    }
    return { ms: (isSlow ? 250 : 100) * jitter(0.2, random) };
  };
}

/** One endpoint at first, another from a time on. */
export function from(atMs: number, before: Endpoint, after: Endpoint): Endpoint {
  return (call) => (call.now < atMs ? before : after)(call);
}
