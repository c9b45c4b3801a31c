import type { ComponentFactory } from "./component.ts";
import type { Configured } from "./config/config.ts";
import { isSameComponent } from "./lane-plan.ts";

/** A component in use. Disposing gives it back. */
interface Lease<Component> extends AsyncDisposable {
  readonly component: Component;
}

/** Components that several lanes share: made for the first of them, disposed of with the last. */
export interface ComponentPool<Factory extends ComponentFactory, Component> {
  /** Rejects as the factory does. */
  lease(configured: Configured<Factory>): Promise<Lease<Component>>;
}

interface Entry<Factory extends ComponentFactory, Component> {
  readonly configured: Configured<Factory>;
  readonly component: Promise<Component>;
  leases: number;
}

export interface ComponentPoolOptions<Factory extends ComponentFactory, Component> {
  make(configured: Configured<Factory>): Component | Promise<Component>;
  end(configured: Configured<Factory>, component: Component): Promise<void>;
}

export function createComponentPool<Factory extends ComponentFactory, Component>({
  make,
  end,
}: ComponentPoolOptions<Factory, Component>): ComponentPool<Factory, Component> {
  const entries = new Set<Entry<Factory, Component>>();

  function entryOf(configured: Configured<Factory>): Entry<Factory, Component> {
    for (const entry of entries) if (isSameComponent(entry.configured, configured)) return entry;
    const entry = { configured, component: Promise.try(make, configured), leases: 0 };
    entries.add(entry);
    return entry;
  }

  return {
    async lease(configured) {
      const entry = entryOf(configured);
      entry.leases += 1;
      const giveBack = (): boolean => {
        entry.leases -= 1;
        return entry.leases === 0 && entries.delete(entry);
      };
      try {
        const component = await entry.component;
        return {
          component,
          async [Symbol.asyncDispose]() {
            if (giveBack()) await end(configured, component);
          },
        };
      } catch (error) {
        giveBack();
        throw error;
      }
    },
  };
}
