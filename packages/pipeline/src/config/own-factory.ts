import type { ComponentFactory } from "../component.ts";
import { ConfigError } from "../errors.ts";

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
 * A factory from elsewhere whose `create` is held to the contract: a component that lacks a function is refused when it
 * is made, and not when the first record comes.
 *
 * @param origin the module that brings it, for the message
 */
export function makingWhatIsPromised(factory: ComponentFactory, origin: string): ComponentFactory {
  const known = wrapped.get(factory);
  if (known) return known;
  const { kind, type } = factory;
  const checked = (made: unknown): unknown => {
    const missing = missingIn(made, kind);
    if (missing.length === 0) return made;
    throw new ConfigError(
      `What create of the ${kind} ${type} returns lacks ${missing.join(" and ")}, so it is no ${kind}.`,
      { remedy: `Look into ${origin}. What a ${kind} must have stands in the types of @loghook/pipeline.` },
    );
  };
  const create = (config: unknown, settings: never): unknown => {
    const made: unknown = factory.create(config, settings);
    return made instanceof Promise ? made.then(checked) : checked(made);
  };
  const wrapper = { ...whatIsSaid(factory), create } as ComponentFactory;
  wrapped.set(factory, wrapper);
  return wrapper;
}

/** Asked of the factory itself: it may be an instance of a class. */
function whatIsSaid(factory: ComponentFactory) {
  const { kind, type, description, config } = factory;
  const schedule = factory.kind === "receiver" ? factory.schedule?.bind(factory) : undefined;
  const delivery = factory.kind === "exporter" ? factory.delivery?.bind(factory) : undefined;
  return {
    kind,
    type,
    config,
    ...(description !== undefined && { description }),
    ...(schedule && { schedule }),
    ...(delivery && { delivery }),
  };
}

function missingIn(made: unknown, kind: ComponentFactory["kind"]): string[] {
  if (typeof made !== "object" || made === null) return ["everything"];
  const component = made as Record<string | symbol, unknown>;
  const missing = methods[kind].filter((method) => typeof component[method] !== "function") as string[];
  // A processor that has nothing to dispose of may leave it out.
  const isDisposable = kind === "processor" || typeof component[Symbol.asyncDispose] === "function";
  if (kind === "storage" && typeof component.runs !== "object") missing.push("runs");
  return isDisposable ? missing : [...missing, "[Symbol.asyncDispose]"];
}
