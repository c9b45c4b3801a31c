import { z } from "zod";
import type { ComponentFactory, ComponentSettings } from "../component.ts";
import { checkDelivery } from "../delivery-settings.ts";
import { ConfigError, LoghookError } from "../errors.ts";
import { heldToContract, type OwnComponent } from "./own-component.ts";
import { describeThrown } from "./thrown.ts";

/** The functions that the host calls, beside the one that disposes. See the interfaces in component.ts. */
const methods = {
  receiver: ["receive"],
  processor: ["process"],
  exporter: ["export"],
  storage: ["client"],
  reporter: [],
} as const satisfies Record<ComponentFactory["kind"], readonly string[]>;

/** A factory is wrapped once, so that who compares sees the same one each time its module is loaded. */
const wrapped = new WeakMap<ComponentFactory, ComponentFactory>();

/**
 * A factory from elsewhere that is held to the contract, and so is what it makes: a component that lacks a function is
 * refused when it is made, and not when the first record comes. Whatever it throws is told as its own failure, by its
 * name and its module: a `ConfigError` here, and see `heldToContract`.
 *
 * @param origin the module that brings it, for the message
 */
export function makingWhatIsPromised(factory: ComponentFactory, origin: string): ComponentFactory {
  const known = wrapped.get(factory);
  if (known) return known;
  const wrapper = { ...whatIsSaid(factory, origin), create: creating(factory, origin) } as ComponentFactory;
  wrapped.set(factory, wrapper);
  return wrapper;
}

function creating(factory: ComponentFactory, origin: string): Create {
  return makingWith(factory.create.bind(factory) as Create, { kind: factory.kind, origin });
}

type Create = (config: unknown, settings: ComponentSettings) => unknown;

function makingWith(create: Create, { kind, origin }: Pick<OwnComponent, "kind" | "origin">): Create {
  return (config, settings) => {
    const component: OwnComponent = { kind, owner: `${kind} ${settings.id} of ${origin}`, origin, settings };
    const fail = (thrown: unknown): never => refuse(thrown, `The ${component.owner} cannot be made`, origin);
    try {
      const made: unknown = create(config, settings);
      if (kind === "reporter") return complete(made, component);
      // Not `instanceof Promise`: others have promises of their own.
      return Promise.resolve(made)
        .then((settled) => complete(settled, component))
        .catch(fail);
    } catch (thrown) {
      return fail(thrown);
    }
  };
}

function complete(made: unknown, component: OwnComponent): unknown {
  const { kind, owner, origin } = component;
  const missing = missingIn(made, kind);
  if (missing.length === 0) return heldToContract(made, component);
  const article = kind === "exporter" ? "an" : "a";
  const isPromise = typeof (made as { then?: unknown } | null | undefined)?.then === "function";
  // What comes of it is not used; it is not to stay open, nor to fail unheard.
  if (isPromise)
    Promise.resolve(made as AsyncDisposable)
      .then((late) => late[Symbol.asyncDispose]())
      .catch(() => {});
  const fault = isPromise
    ? `is a promise, and ${article} ${kind} has to be there at once`
    : `lacks ${missing.join(" and ")}, so it is no ${kind}`;
  throw new ConfigError(`What create of the ${owner} returns ${fault}.`, {
    remedy: `Look into ${origin}. What ${article} ${kind} must have stands in the types of @loghook/pipeline.`,
  });
}

/** An error of ours says by itself what is to be done. Anything else is a fault of the module. */
function refuse(thrown: unknown, failure: string, origin: string): never {
  if (thrown instanceof LoghookError) throw thrown;
  throw new ConfigError(`${failure}: ${describeThrown(thrown)}`, {
    cause: thrown,
    remedy: `Look into ${origin}.`,
  });
}

/** Asked of the factory itself: it may be an instance of a class. */
function whatIsSaid(factory: ComponentFactory, origin: string) {
  const { kind, type, description, config } = factory;
  const owner = `The ${kind} ${type} of ${origin}`;
  const asking =
    <Answer>(name: string, ask: (settings: unknown) => Answer) =>
    (settings: unknown): Answer => {
      try {
        return ask(settings);
      } catch (thrown) {
        return refuse(thrown, `${owner} cannot be made, because its ${name} fails`, origin);
      }
    };
  const schedule = factory.kind === "receiver" ? factory.schedule?.bind(factory) : undefined;
  const delivery = factory.kind === "exporter" ? factory.delivery?.bind(factory) : undefined;
  const createReader = factory.kind === "storage" ? factory.createReader?.bind(factory) : undefined;
  return {
    kind,
    type,
    config: answeringAtOnce(config, `the ${kind} ${type} of ${origin}`),
    ...(description !== undefined && { description }),
    ...(createReader && { createReader: makingWith(createReader as Create, { kind, origin }) }),
    ...(schedule && { schedule: asking("schedule", schedule) }),
    ...(delivery && {
      delivery: asking("delivery", (settings) => {
        const policy = delivery(settings);
        return policy && checkDelivery(policy, owner);
      }),
    }),
  };
}

/** The same schema, but where it throws or promises something, that is a problem of the settings that it was to check. */
function answeringAtOnce(schema: z.ZodType, owner: string): z.ZodType {
  const safeParse = (...given: Parameters<typeof schema.safeParse>): unknown => {
    try {
      const result: unknown = schema.safeParse(...given);
      return isResult(result) ? result : refusal(`the schema of ${owner} must answer at once, and does not`);
    } catch (thrown) {
      return refusal(
        `the schema of ${owner} must answer at once, and fails instead: ${describeThrown(thrown)}`,
      );
    }
  };
  const wrapper: z.ZodType = Object.create(schema, { safeParse: { value: safeParse } });
  // Zod keeps by the object what `meta` says, such as that a text is a secret.
  const meta = "_zod" in schema ? z.globalRegistry.get(schema) : undefined;
  if (meta) z.globalRegistry.add(wrapper, meta);
  return wrapper;
}

function isResult(result: unknown): boolean {
  const { success, error } = (result ?? {}) as { success?: unknown; error?: { issues?: unknown } };
  return success === true || (success === false && Array.isArray(error?.issues));
}

function refusal(reason: string) {
  const message = `cannot be checked: ${reason}`;
  return { success: false, error: { issues: [{ code: "custom", path: [], message }] } };
}

function missingIn(made: unknown, kind: ComponentFactory["kind"]): string[] {
  if (typeof made !== "object" || made === null) return ["everything"];
  const component = made as Record<string | symbol, unknown>;
  const missing = methods[kind].filter((method) => typeof component[method] !== "function") as string[];
  // A processor that has nothing to dispose of may leave it out.
  const isDisposable = kind === "processor" || typeof component[Symbol.asyncDispose] === "function";
  if (kind === "storage")
    missing.push(...["runs", "parked"].filter((part) => typeof component[part] !== "object"));
  return isDisposable ? missing : [...missing, "[Symbol.asyncDispose]"];
}
