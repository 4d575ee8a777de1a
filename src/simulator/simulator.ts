/** A hypervisor that is not there: it answers the commands that Manchot gives as ZFS and libvirt do. */
import { setTimeout as sleep } from "node:timers/promises";
import { helper, virsh as virshPath, virshRead, virshWrite, zfs, zpool } from "../executor/host/commands.ts";
import type { Host, Ran, RunOptions } from "../executor/host/host.ts";
import { answered, failed } from "./answer.ts";
import { cardHost } from "./card.ts";
import type { Model } from "./model.ts";
import { readState, writeState } from "./state-file.ts";
import { virsh } from "./virsh.ts";
import { helped, settle, virshChange } from "./virsh-change.ts";
import { awaitEvent } from "./virsh-event.ts";
import { zfsList } from "./zfs-list.ts";
import { zfsSnapshot } from "./zfs-snapshot.ts";
import { zpoolList } from "./zpool-list.ts";

/** `pool`: tank hangs, suspended. `full`: tank has no space left. `slow`: each command takes two seconds. */
export type Damage = "pool" | "slow" | "full";
export const damages: readonly Damage[] = ["pool", "slow", "full"];

export type SimulatorOptions = {
  /** A folder that keeps the hypervisor's state; without one it is gone with the process. */
  readonly folder?: string;
  /** What it holds at first, where the folder holds nothing yet; default: the host of the sandbox. */
  readonly model?: Model;
  /** Milliseconds that each command takes; default 0. */
  readonly delay?: number;
  /** Milliseconds since 1970; default: the machine's clock. */
  readonly clock?: () => number;
  /** The clock that nobody sets, in milliseconds; default: `clock`, or the machine's. */
  readonly monotonic?: () => number;
};

export class Simulator implements Host {
  readonly model: Model;
  readonly #folder: string | undefined;
  readonly #clock: () => number;
  readonly #monotonic: () => number;
  readonly #delay: number;
  #slow = false;

  constructor(options: SimulatorOptions = {}) {
    this.#folder = options.folder;
    this.#clock = options.clock ?? Date.now;
    this.#monotonic = options.monotonic ?? options.clock ?? (() => performance.now());
    this.#delay = options.delay ?? 0;
    const kept = options.folder === undefined ? undefined : readState(options.folder);
    this.model = kept ?? options.model ?? cardHost(Math.floor(this.#clock() / 1000));
    if (kept === undefined) this.#keep();
  }

  now(): number {
    return this.#clock();
  }

  monotonic(): number {
    return this.#monotonic();
  }

  async run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Ran> {
    const delay = this.#slow ? Math.max(this.#delay, 2000) : this.#delay;
    const limit = options.timeoutMs ?? 30_000;
    if (delay > 0) await sleep(Math.min(delay, limit));
    if (delay > limit) return { ...answered(""), code: null, signal: "SIGKILL" };
    const maximum = options.maximumBytes ?? 16 * 1024 * 1024;
    const [, , , , verb, ...rest] = argv;
    if (isReading(argv) && verb === "event") return awaitEvent(() => this.#settled(), rest);
    const ran = this.#answer(argv);
    if (ran.file !== undefined && options.file === undefined) throw new Error("it was given no file to write to");
    return cut(ran, maximum);
  }

  /** Breaks something until {@link mend}. */
  break(damage: Damage): void {
    const tank = this.model.pools.find((pool) => pool.name === "tank");
    if (damage === "slow") this.#slow = true;
    if (tank !== undefined && damage === "pool") tank.health = "SUSPENDED";
    if (tank !== undefined && damage === "full") tank.full = true;
    this.#keep();
  }

  mend(): void {
    this.#slow = false;
    for (const pool of this.model.pools) {
      pool.health = "ONLINE";
      pool.full = false;
    }
    this.#keep();
  }

  #answer(argv: readonly [string, ...string[]]): Ran {
    const [path, ...words] = argv;
    const model = this.#settled();
    if (isReading(argv)) return virsh(model, words.slice(virshRead.length));
    const isChange = path === virshPath && virshWrite.every((word, index) => words[index] === word);
    if (isChange || path === helper) {
      const now = this.#clock();
      const ran = isChange ? virshChange(model, words.slice(virshWrite.length), now) : helped(model, words, now);
      this.#keep();
      return ran;
    }
    if (path === zpool && words[0] === "list") return zpoolList(this.model, words.slice(1));
    if (path === zfs && words[0] === "list") return zfsList(this.model, words.slice(1));
    if (path !== zfs || words[0] !== "snapshot") return failed(127, `the simulator has no ${argv.join(" ")}\n`);
    const ran = zfsSnapshot(this.model, words.slice(1), Math.floor(this.#clock() / 1000));
    if (ran.code === 0) this.#keep();
    return ran;
  }

  /** The model as it stands now: what was under way may have ended. */
  #settled(): Model {
    if (settle(this.model, this.#clock())) this.#keep();
    return this.model;
  }

  #keep(): void {
    if (this.#folder !== undefined) writeState(this.#folder, this.model);
  }
}

function isReading([path, ...words]: readonly string[]): boolean {
  return path === virshPath && virshRead.every((word, index) => words[index] === word);
}

function cut(ran: Ran, maximum: number): Ran {
  const whole = Buffer.from(ran.stdout);
  if (whole.length <= maximum) return ran;
  return { ...ran, stdout: whole.subarray(0, maximum).toString(), truncated: true };
}
