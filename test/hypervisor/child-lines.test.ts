import { expect, test } from "vitest";
import { childTransport } from "../../src/hypervisor/child.ts";

test("what is left of a line that was cut is not the next channel's business", async () => {
  const program = `
    process.stdout.write("half a line, ");
    process.stdin.once("data", () => process.stdout.write("its other half\\nwhole\\n"));
  `;
  const channels = childTransport([process.execPath, "-e", program]);
  const { signal } = new AbortController();
  const first = await channels.open(signal);
  if (!first.ok) throw new Error(first.unavailable.why);
  await new Promise((heard) => first.channel.incoming.once("data", heard));
  channels.break();
  expect(await first.channel.closed).toMatchObject({ kind: "unreachable" });
  expect(await channels.open(signal)).toMatchObject({ ok: false });
  channels.mend();
  const second = await channels.open(signal);
  if (!second.ok) throw new Error(second.unavailable.why);
  second.channel.outgoing.write("go on\n");
  const heard = await new Promise((done) => second.channel.incoming.once("data", done));
  expect(String(heard)).toBe("whole\n");
  await channels.close();
});
