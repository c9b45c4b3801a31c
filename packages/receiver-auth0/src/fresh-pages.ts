import type { Clock, RetryPolicy } from "@loghook/pipeline";
import { type Page, toPage } from "./recent-pages.ts";
import { createSharedReads, type PatientRead } from "./shared-reads.ts";
import type { TenantLog } from "./tenant-log.ts";
import type { ToLogRecord } from "./to-log-record.ts";

/** Pages as they are now, apart from those that lanes read on by. Lanes that look at the same time share them. */
export interface FreshPages {
  /** @param options.askedSince a page that was asked for at this time or later will do. Milliseconds since 1970 */
  read(from: string, options: PatientRead & { readonly askedSince: number }): Promise<Page>;
}

export interface FreshPagesParts {
  readonly log: TenantLog;
  readonly toLogRecord: ToLogRecord;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  /** Whether there are several lanes: for one alone nothing need be kept. */
  areShared(): boolean;
}

// For lanes that come by a little later, and never much memory.
const maxPages = 8;
const maxCharacters = 16 * 1024 * 1024;

export function createFreshPages({
  log,
  toLogRecord,
  policy,
  clock,
  areShared,
}: FreshPagesParts): FreshPages {
  /** The oldest reading first. */
  const pages = new Map<string, Page>();

  const reads = createSharedReads<string, Page>({
    async ask(from, attempt) {
      const askedAt = clock.now();
      const page = toPage(await log.after(from, attempt), {
        from,
        askedAt,
        serial: attempt.serial,
        toLogRecord,
      });
      if (areShared()) keep(from, page);
      return page;
    },
    policy,
    clock,
  });

  function keep(from: string, page: Page): void {
    pages.delete(from);
    pages.set(from, page);
    let characters = pages.values().reduce((sum, kept) => sum + kept.characters, 0);
    for (const [key, kept] of pages) {
      if (pages.size <= maxPages && characters <= maxCharacters) return;
      characters -= kept.characters;
      pages.delete(key);
    }
  }

  return {
    async read(from, { askedSince, ...patient }) {
      const known = pages.get(from);
      if (known && known.askedAt >= askedSince) return known;
      return await reads.read(from, { ...patient, newerThan: 0 });
    },
  };
}
