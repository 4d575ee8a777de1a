/** Tells when a folder's files have changed and then been left alone for a moment: editors and git write in several steps. */
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { faultOf, type Log } from "../log.ts";

const quietMs = 500;

export interface Watching {
  /** Has it told once more, after the same moment. */
  soon(): void;
  close(): void;
}

/** The kernel tells; nothing is polled. */
export function watchFolder(folder: string, changed: () => void, log: Log): Watching {
  const name = basename(resolve(folder));
  let watchers: FSWatcher[] = [];
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
    for (const watcher of watchers) watcher.close();
    watchers = [];
    // Where it is a link, or is gone for a while, only the folder that it is in tells that another has come in its place.
    listenTo(dirname(resolve(folder)), (file) => file === name && soon());
    listenTo(folder, soon);
  }

  function listenTo(where: string, told: (file: string | null) => void): void {
    const unwatched = (fault: unknown): void =>
      log.warn({ folder: where, ...faultOf(fault) }, "changes of the policies may go unseen: send SIGHUP after one");
    try {
      const watcher = watch(where, { persistent: false }, (_event, file) => told(file));
      watcher.on("error", unwatched);
      watchers.push(watcher);
    } catch (fault) {
      unwatched(fault);
    }
  }

  listen();
  return {
    soon,
    close() {
      closed = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
