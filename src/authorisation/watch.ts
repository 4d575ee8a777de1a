/** Tells when a folder's files have changed and then been left alone for a moment: editors and git write in several steps. */
import { type FSWatcher, watch } from "node:fs";
import { faultOf, type Log } from "../log.ts";

const quietMs = 500;

export interface Watching {
  /** Has it told once more, after the same moment. */
  soon(): void;
  close(): void;
}

/** The kernel tells; nothing is polled. */
export function watchFolder(folder: string, changed: () => void, log: Log): Watching {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function soon(): void {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(look, quietMs).unref();
  }

  function look(): void {
    // Anew each time: what was watched may be another folder's by now, moved out of the way.
    listen();
    changed();
  }

  function listen(): void {
    watcher?.close();
    watcher = undefined;
    try {
      watcher = watch(folder, { persistent: false }, soon);
      watcher.on("error", unwatched);
    } catch (fault) {
      unwatched(fault);
    }
  }

  function unwatched(fault: unknown): void {
    log.warn({ folder, ...faultOf(fault) }, "changes of the policies go unseen: send SIGHUP after one");
  }

  listen();
  return {
    soon,
    close() {
      closed = true;
      clearTimeout(timer);
      watcher?.close();
    },
  };
}
