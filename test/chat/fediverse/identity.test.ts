/** Who is speaking: whatever somebody else can do to look like a person, no message of theirs has that person's account. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { answerTo, type Rig, settle, startRig, until } from "./rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const mention = (url: string): string =>
  `<p><span class="h-card"><a href="${url}" class="u-url mention">@<span>manchot</span></a></span> help</p>`;
const accountOf = (name: string): string => {
  const { id, apId } = rig.pleroma.user(name);
  return `${rig.pleroma.url} ${id} ${apId}`;
};
function rename(name: string, to: string): void {
  const account = rig.pleroma.account(name);
  account.acct = to;
  account.nickname = to;
}
/** A valid command after whatever was tried: it comes in, and nothing else did. */
async function onlyValid(): Promise<void> {
  rig.pleroma.say("zelie", "@manchot whoami");
  await until(() => rig.texts().includes("whoami"));
  expect(rig.texts()).toEqual(["whoami"]);
  expect(rig.inbox[0]?.account).toBe(accountOf("zelie"));
}

test("a renamed account stays itself, and who takes its name is somebody else", async () => {
  const { pleroma } = rig;
  const before = accountOf("zelie");
  rename("zelie", "zelie-old");
  rename("alice", "zelie");
  pleroma.say("zelie", "@manchot as the newcomer");
  pleroma.say("zelie-old", "@manchot as before");
  await until(() => rig.inbox.length === 2);
  const [newcomer, old] = rig.inbox;
  expect(newcomer?.account).not.toBe(before);
  expect(newcomer?.label).toBe("@zelie@127.0.0.1");
  expect(old).toMatchObject({ account: before, text: "as before", label: "@zelie-old@127.0.0.1" });
});

test("an answer to one whose name changed hands goes to the account that asked", async () => {
  const { pleroma } = rig;
  pleroma.say("zelie", "@manchot quota", { visibility: "direct" });
  await until(() => rig.inbox.length === 1);
  const [message] = rig.inbox;
  if (message === undefined) throw new Error("nothing");
  rename("zelie", "zelie-old");
  rename("alice", "zelie");
  await settle(rig.adapter, answerTo(message, "3 GB"));
  expect(pleroma.statuses({ by: "manchot" })).toMatchObject([{ addressed: ["zelie-old"], visibility: "direct" }]);
});

test("an answer to an account that is another one now, or gone, is not made", async () => {
  const { pleroma } = rig;
  pleroma.say("zelie", "@manchot quota", { visibility: "direct" });
  await until(() => rig.inbox.length === 1);
  const [message] = rig.inbox;
  if (message === undefined) throw new Error("nothing");
  const elsewhere = { ...message, account: message.account.replace(/\/users\/zelie$/, "/users/other") };
  expect(await rig.adapter.send(answerTo(elsewhere, "3 GB"))).toMatchObject({ kind: "rejected" });
  const foreign = { ...message, account: message.account.replace(pleroma.url, "https://other.example") };
  expect(await rig.adapter.send(answerTo(foreign, "3 GB"))).toMatchObject({ kind: "rejected" });
  pleroma.account("zelie").disabled = true;
  expect(await rig.adapter.send(answerTo(message, "3 GB"))).toMatchObject({ kind: "rejected" });
  expect(pleroma.statuses({ by: "manchot" })).toEqual([]);
});

test("a changed link to the profile changes nothing", async () => {
  rig.pleroma.account("alice").url = rig.pleroma.user("zelie").apId;
  rig.pleroma.say("alice", "@manchot help");
  await until(() => rig.inbox.length === 1);
  expect(rig.inbox[0]?.account).toBe(accountOf("alice"));
});

test("the remote account of the same name is another account, and not of this server", async () => {
  const { pleroma } = rig;
  pleroma.remote({
    acct: "zelie@peer.example",
    apId: "https://peer.example/users/zelie",
    html: mention(pleroma.user("manchot").apId),
    visibility: "public",
    uri: "https://peer.example/notes/1",
    mentions: ["manchot"],
  });
  await until(() => rig.inbox.length === 1);
  const id = pleroma.account("zelie@peer.example").id;
  expect(rig.inbox[0]).toMatchObject({
    account: `${pleroma.url} ${id} https://peer.example/users/zelie`,
    label: "@zelie@peer.example",
    venue: { local: false },
  });
});

test("one who claims an actor of this server without being of it is not local", async () => {
  const { pleroma } = rig;
  pleroma.remote({
    acct: "root@peer.example",
    apId: `${pleroma.url}/users/root`,
    html: mention(pleroma.user("manchot").apId),
    visibility: "public",
    uri: "https://peer.example/notes/2",
    mentions: ["manchot"],
  });
  await until(() => rig.inbox.length === 1);
  expect(rig.inbox[0]?.venue.local).toBe(false);
});

test("the same note three times is one event", async () => {
  const { pleroma } = rig;
  const note = {
    acct: "bob@peer.example",
    apId: "https://peer.example/users/bob",
    html: mention(pleroma.user("manchot").apId),
    visibility: "public",
    uri: "https://peer.example/notes/3",
    mentions: ["manchot"],
  };
  for (let n = 0; n < 3; n++) pleroma.remote(note);
  await until(() => rig.delivered.length === 3);
  expect(new Set(rig.delivered.map(({ eventId }) => eventId))).toEqual(new Set([note.uri]));
});

test("an old post says so: its time is the sender's word", async () => {
  const { pleroma } = rig;
  const createdAt = Date.now() - 86_400_000;
  pleroma.remote({
    acct: "bob@peer.example",
    apId: "https://peer.example/users/bob",
    html: mention(pleroma.user("manchot").apId),
    visibility: "public",
    uri: "https://peer.example/notes/4",
    createdAt,
    mentions: ["manchot"],
  });
  await until(() => rig.inbox.length === 1);
  expect(Math.abs((rig.inbox[0]?.sentAt ?? 0) - createdAt)).toBeLessThan(1000);
});

test("an edited post, a boost, a favourite, a follow, a mention in the addressing alone: nothing comes in", async () => {
  const { pleroma } = rig;
  await rig.halt();
  const edited = pleroma.say("zelie", "@manchot help");
  pleroma.edit(edited.id, "@manchot vm stop web");
  await rig.restart();
  const own = await pleroma.say("manchot", "hello");
  pleroma.boost("zelie", own.id);
  pleroma.favourite("zelie", own.id);
  pleroma.follow("zelie", "manchot");
  pleroma.remote({
    acct: "bob@peer.example",
    apId: "https://peer.example/users/bob",
    html: "<p>help</p>",
    visibility: "direct",
    uri: "https://peer.example/notes/5",
    mentions: ["manchot"],
  });
  pleroma.say("zelie", "so @manchot help");
  pleroma.say("zelie", "@alice @manchot help");
  pleroma.say("zelie", "@manchot @alice help");
  await onlyValid();
});

test("bots and those who moved are not answered", async () => {
  const { pleroma } = rig;
  pleroma.account("alice").bot = true;
  pleroma.say("alice", "@manchot help");
  await onlyValid();
});

test("an account that becomes a bot between its post and the look-up is left alone", async () => {
  const { pleroma } = rig;
  const alice = pleroma.account("alice");
  pleroma.fault = ({ path }) => {
    if (path.startsWith(`/api/v1/accounts/${alice.id}`)) alice.bot = true;
    return "pass";
  };
  pleroma.say("alice", "@manchot help");
  await until(() => rig.log.some((line) => line.includes("not the one that it was")));
  await onlyValid();
});

test("what an account said comes in as it said it, though a look-up failed", async () => {
  const { pleroma } = rig;
  await rig.halt();
  pleroma.say("alice", "@manchot first");
  pleroma.say("alice", "@manchot second");
  const alice = pleroma.user("alice").id;
  let failed = false;
  pleroma.fault = ({ path }) => {
    if (failed || !path.startsWith(`/api/v1/accounts/${alice}`)) return "pass";
    failed = true;
    return { status: 502, body: "" };
  };
  await rig.restart();
  await until(() => rig.inbox.length === 2);
  expect(rig.texts()).toEqual(["first", "second"]);
});

test("an account that is gone between its post and the look-up is left alone", async () => {
  const { pleroma } = rig;
  await rig.halt();
  pleroma.say("alice", "@manchot help");
  pleroma.account("alice").disabled = true;
  await rig.restart();
  await onlyValid();
  expect(rig.log.join("")).toContain("the account is gone");
});

test("while the look-up fails, nothing of that account is taken, the others are, and then it is", async () => {
  const { pleroma } = rig;
  const alice = pleroma.user("alice").id;
  pleroma.fault = ({ path }) => (path.startsWith(`/api/v1/accounts/${alice}`) ? { status: 500, body: "oops" } : "pass");
  pleroma.say("alice", "@manchot first");
  pleroma.say("alice", "@manchot second");
  pleroma.say("zelie", "@manchot third");
  await until(() => rig.inbox.length === 1);
  expect(rig.texts()).toEqual(["third"]);
  const cursor = [...rig.memory.kept.values()];
  pleroma.say("zelie", "@manchot fourth");
  await until(() => rig.inbox.length === 2);
  expect([...rig.memory.kept.values()]).toEqual(cursor);
  await rig.restart();
  pleroma.fault = () => "pass";
  await until(() => rig.inbox.length === 4);
  expect(rig.texts()).toEqual(["third", "fourth", "first", "second"]);
  await until(() => [...rig.memory.kept.values()].join() !== cursor.join());
});

test("one to one is only what nobody else can read", async () => {
  const { pleroma } = rig;
  pleroma.say("zelie", "@manchot alone", { visibility: "direct" });
  pleroma.say("zelie", "@manchot with, @alice", { visibility: "direct" });
  pleroma.say("zelie", "@manchot followers", { visibility: "private" });
  pleroma.say("zelie", "@manchot all", { visibility: "public" });
  await until(() => rig.inbox.length === 4);
  expect(rig.inbox.map(({ text, venue }) => [text, venue.visibility, venue.direct])).toEqual([
    ["alone", "direct", true],
    ["with, @alice", "direct", false],
    ["followers", "private", false],
    ["all", "public", false],
  ]);
});
