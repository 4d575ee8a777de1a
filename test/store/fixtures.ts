/** A store in a folder of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

/** Removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "manchot-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A fresh store, closed when the test ends. */
export function freshStore(): Store {
  const store = openStore(join(temporaryFolder(), "manchot.db"));
  onTestFinished(() => store.close());
  return store;
}
