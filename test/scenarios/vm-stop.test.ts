/**
 * A guest that takes more than half a minute to shut down, asked to in a Matrix room: the executor is killed meanwhile, the host's
 * network link is cut meanwhile, another admin wants the same VM meanwhile. What ran is told by the executor's journal.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMatrixClient, type MatrixClient, type MatrixEvent } from "../../lab/matrix-client.ts";
import { labNeeds } from "../../lab/needs.ts";
import { slowDown } from "../../lab/slow-guest.ts";
import { readPlanText, type SignedPlan } from "../../src/programs/sign/plan-text.ts";
import type { Key } from "../executor/factors/keys.ts";
import { Peer } from "../executor/peer.ts";
import { answersTo } from "../rig/answers.ts";
import { enrolKey, sshTo } from "../rig/enrolled.ts";
import { type Live, startLive } from "../rig/live.ts";
import { type Approval, applied, approved, endOf, planned } from "../rig/operations.ts";
import type { Program } from "../rig/process.ts";
import { randomOf } from "../rig/random.ts";
import { type Record, virsh, vmsOf } from "../rig/vms.ts";

const lab = await labNeeds("hypervisor", "synapse");
const visio = "5c0e0000-0000-4000-8000-000000000006";
const [up, goingDown] = ["TINYVM up", "TINYVM going down"];
/** Seconds. */
const takes = 34;
const seed = Number(process.env.MANCHOT_SEED ?? "20261125");

describe.skipIf(lab.missing)(lab.name(`a VM that takes ${takes} seconds to shut down`), { timeout: 600_000 }, () => {
  let live: Live;
  let bot: Program;
  let yann: MatrixClient;
  let keys: { readonly zelie: Key; readonly yann: Key };
  let vms: ReturnType<typeof vmsOf>;

  beforeAll(async () => {
    live = await startLive({ limits: { perMinute: 1000, perHour: 10_000 } });
    vms = vmsOf(live.guest);
    const account = await live.synapse.register("yann");
    yann = createMatrixClient(live.synapse.url, account);
    await live.zelie.invite(live.room, account.userId);
    await yann.join(live.room);
    const accounts = `accounts: { matrix: ["${account.userId}"] }`;
    live.configure({ people: [`  - { id: yann, name: Yann, roles: [admin], language: en, ${accounts} }`] });
    keys = { zelie: await enrolKey(live.guest, "zelie"), yann: await enrolKey(live.guest, "yann") };
    await slowDown(live.guest, "tank/production/visio", takes);
    bot = await live.startBot();
    await live.zelie.waitFor(
      live.room,
      (event) => event.state_key === live.botUser && event.content.membership === "join",
    );
  }, 500_000);
  afterAll(() => live?.stop());

  async function running(): Promise<void> {
    await vms.must(...virsh, "start", visio);
    await vms.says(visio, up);
  }

  const isQuestion = ({ content }: MatrixEvent) => content.body?.includes("Manchot plan 1") === true;

  /** The answers that tell how it ended: what asked for approvals is none. */
  const endsOf = (events: readonly MatrixEvent[], question: string) =>
    answersTo(events, live.botUser, question).filter((event) => !isQuestion(event));

  /** The words of the first that tells how it ended. */
  async function endIn(question: string): Promise<string> {
    const found = await live.zelie.waitFor(live.room, (event) => endsOf([event], question).length > 0, 240_000);
    return found.content.body ?? "";
  }

  /** Nothing more comes: what is asked after it has its answer, and there is still one end. */
  async function expectOneEnd(question: string): Promise<void> {
    await endIn(await live.zelie.say(live.room, "@manchot whoami"));
    const ends = endsOf(await live.zelie.events(live.room), question).map(({ content }) => content.body);
    expect(ends.length, ends.join("\n---\n")).toBe(1);
  }

  /** Asks for the stop, and says yes to the plan that the bot shows, by a signature of what stands there. */
  async function stopAsked(): Promise<{ readonly question: string; readonly plan: SignedPlan }> {
    const question = await live.zelie.say(live.room, "@manchot vm stop visio");
    const shown = await live.zelie.waitFor(
      live.room,
      (event) => answersTo([event], live.botUser, question).some(isQuestion),
      120_000,
    );
    const plan = readPlanText(shown.content.body ?? "");
    if ("wrong" in plan) throw new Error(plan.wrong);
    const armour = keys.zelie.approve(plan);
    const signature = armour.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
    await live.zelie.say(live.room, `@manchot approve #${plan.request} ${signature.join("")}`);
    return { question, plan };
  }

  const recordsOf = async ({ operation }: SignedPlan) => (await vms.journal()).filter(({ op }) => op === operation);
  const at = (records: readonly Record[], kind: string) => records.find((record) => record.kind === kind)?.at ?? 0;

  it("the executor is killed meanwhile: the stop goes on, and has one answer, which is true", async () => {
    await running();
    const { question, plan } = await stopAsked();
    await vms.says(visio, goingDown);
    const killed = await vms.now();
    await vms.shell("kill -9 $(systemctl show -p MainPID --value manchot-executor)");
    // Else it would have ended before.
    expect(await vms.state(visio)).toBe("running");
    expect(await endIn(question)).toMatch(/visio.*éteinte/);
    expect(await vms.state(visio)).toBe("shut off");
    const records = await recordsOf(plan);
    const again = (await vms.journal()).find(({ kind, at }) => kind === "started" && at >= killed);
    const [begun, ended] = [at(records, "begun"), at(records, "ended")];
    expect(begun).toBeLessThanOrEqual(killed);
    expect(ended).toBeGreaterThan(again?.at ?? Number.POSITIVE_INFINITY);
    expect(ended - begun).toBeGreaterThan(30);
    expect(records.at(-1)?.detail).toMatchObject({ state: "done", recovered: true });
    expect([await vms.said(visio, up), await vms.said(visio, goingDown)]).toEqual([1, 1]);
    await expectOneEnd(question);
  });

  it("the host's network link is cut meanwhile: the stop ends during the cut, and has one answer, which is true", async () => {
    await running();
    const { question, plan } = await stopAsked();
    await vms.says(visio, goingDown);
    // Nobody can look into the host during the cut: it tells on its serial port that the journal has the end.
    const ended = `"kind":"ended","op":"${plan.operation}"`;
    const tells = `until grep -qF '${ended}' /var/lib/manchot/journal.jsonl; do sleep 1; done; echo TOLD ${plan.operation} > /dev/ttyS0`;
    await vms.must("systemd-run", "--quiet", "--no-block", "bash", "-c", tells);
    const cut = await vms.now();
    const ahead = cut - Date.now() / 1000;
    const lines = bot.lines.length;
    await live.guest.linkDown();
    const isTold = () => readFileSync(join(live.guest.folder, "serial"), "utf8").includes(`TOLD ${plan.operation}`);
    const isMissed = () => bot.lines.slice(lines).some((line) => line.includes("the executor is not reachable"));
    for (const until = Date.now() + 240_000; !(isTold() && isMissed()); await sleep(200)) {
      if (Date.now() > until) throw new Error(`told by the host: ${isTold()}; missed by the bot: ${isMissed()}`);
    }
    const mended = Date.now() / 1000 + ahead;
    expect(endsOf(await live.zelie.events(live.room), question)).toEqual([]);
    await live.guest.linkUp();
    expect(await endIn(question)).toMatch(/visio.*éteinte/);
    expect(await vms.state(visio)).toBe("shut off");
    const records = await recordsOf(plan);
    expect(at(records, "begun")).toBeLessThanOrEqual(cut);
    expect(at(records, "ended")).toBeGreaterThanOrEqual(cut);
    expect(at(records, "ended")).toBeLessThanOrEqual(mended);
    expect(at(records, "ended") - at(records, "begun")).toBeGreaterThan(30);
    const ends = records.filter(({ kind }) => kind === "ended").map(({ detail }) => detail.state);
    expect(ends).toEqual(["done"]);
    await expectOneEnd(question);
  });

  it("another admin wants a snapshot of it, and it is called off too late: one after the other, all told", async () => {
    await running();
    const { question, plan } = await stopAsked();
    await vms.until(`grep -qF '"kind":"accepted","op":"${plan.operation}"' /var/lib/manchot/journal.jsonl`);
    const wanted = await yann.say(live.room, "@manchot snapshot visio");
    await vms.says(visio, goingDown);
    const cancel = await live.zelie.say(live.room, `@manchot cancel #${plan.request}`);
    // The progress post may have been changed to say so.
    const words = new RegExp(`waits for .*#${plan.request}, asked by Zélie`);
    await yann.waitFor(live.room, ({ sender, content }) => {
      return sender === live.botUser && words.test(content["m.new_content"]?.body ?? content.body ?? "");
    });
    expect(await endIn(cancel)).toContain("va à son terme");
    expect(await endIn(question)).toMatch(/visio.*éteinte.*trop tard/s);
    expect(await endIn(wanted)).toContain("tank/production/visio@");
    const records = await recordsOf(plan);
    const made = (await vms.journal()).filter(({ kind, op, detail }) => {
      const { origin } = (detail.plan ?? {}) as { origin?: { person?: string } };
      return kind === "planned" && op !== plan.operation && origin?.person === "yann";
    });
    expect(made.length).toBe(1);
    const other = (await vms.journal()).filter(({ op }) => op === made[0]?.op);
    expect(at(other, "accepted")).toBeLessThan(at(records, "ended"));
    expect(at(other, "begun")).toBeGreaterThanOrEqual(at(records, "ended"));
    expect(records.at(-1)?.detail).toMatchObject({ state: "done" });
    expect(other.at(-1)?.detail).toMatchObject({ state: "done", result: { consistency: "crash" } });
    for (const one of [question, wanted]) await expectOneEnd(one);
  });

  /** As the bot comes in, beside it. */
  function attached(): Peer {
    const { stdout, stdin } = sshTo(live.guest, live.executor.user, live.executor.keyFile);
    if (stdout === null || stdin === null) throw new Error("ssh has no streams");
    return new Peer(stdout, stdin);
  }
  const asker = (person: string, request: number) => ({ person, request });
  const byKey: Approval = async (plan) => ({
    by: "yann",
    factor: { kind: "signature", signature: keys.yann.approve(plan) },
  });

  it("a stop that is called off before it began leaves the VM as it was: while it waits, and while it is looked at", async () => {
    await running();
    const peer = attached();
    const snapshot = await planned(peer, "zfs.snapshot", { targets: ["visio"] }, asker("zelie", 7001));
    const stop = await planned(peer, "vm.stop", { vm: "visio" }, asker("yann", 7002));
    await approved(peer, stop, byKey);
    const [, second, taken] = await Promise.all([
      applied(peer, snapshot),
      applied(peer, stop),
      peer.value("cancel", { id: stop.id, by: "yann" }),
    ]);
    expect(second).toMatchObject({ state: "queued", waitingFor: [{ request: 7001, person: "zelie" }] });
    expect(taken).toMatchObject({ state: "cancelled", failure: { detail: { by: "yann" } } });
    expect(await endOf(peer, snapshot.id)).toMatchObject({ state: "done", result: { consistency: "crash" } });
    const alone = await planned(peer, "vm.stop", { vm: "visio" }, asker("yann", 7003));
    await approved(peer, alone, byKey);
    await Promise.all([applied(peer, alone), peer.value("cancel", { id: alone.id, by: "yann" })]);
    // What comes after it has the VM for itself: had the stop gone on, it would have been before.
    const last = await planned(peer, "zfs.snapshot", { targets: ["visio"] }, asker("zelie", 7004));
    await applied(peer, last);
    expect((await endOf(peer, last.id)).state).toBe("done");
    for (const { id } of [stop, alone]) {
      expect(await endOf(peer, id)).toMatchObject({ state: "cancelled", step: 0 });
      const kinds = (await vms.journal()).filter(({ op }) => op === id).map(({ kind }) => kind);
      expect(kinds).not.toContain("ran");
    }
    expect([await vms.state(visio), await vms.said(visio, goingDown)]).toEqual(["running", 0]);
    await vms.must(...virsh, "destroy", visio);
  });

  it(`a snapshot of two disks is cancelled or finished, and never one of two, whenever it is called off (seed ${seed})`, async () => {
    const peer = attached();
    const random = randomOf(seed);
    const states: string[] = [];
    let took = 0;
    for (const moment of ["never", "at once", "once it runs", "some time", "some time"]) {
      const plan = await planned(peer, "zfs.snapshot", { targets: ["web"] }, asker("zelie", 7100));
      const begun = Date.now();
      const taken = applied(peer, plan);
      const runs = () => peer.operations.some(({ id, state }) => id === plan.id && state !== "queued");
      if (moment === "once it runs") await peer.until(runs);
      if (moment === "some time") await sleep(random() * took);
      if (moment !== "never") await peer.call("cancel", { id: plan.id, by: "yann" });
      await taken;
      const { state } = await endOf(peer, plan.id);
      if (moment === "never") took = Date.now() - begun;
      const listed = await vms.shell(`zfs list -H -t snapshot -o manchot:op | grep -c '${plan.id}' || true`);
      expect([moment, state, listed]).toEqual([moment, state, state === "done" ? "2" : "0"]);
      expect(["done", "cancelled"]).toContain(state);
      states.push(state);
    }
    process.stdout.write(`called off within ${took} ms: ${states.join(", ")}\n`);
    expect(states.slice(0, 3)).toEqual(["done", "cancelled", "done"]);
  });
});
