import fc from "fast-check";
import { expect, it } from "vitest";
import { createLog, faultOf, scrubber } from "../src/log.ts";

const token = "syt_bWFuY2hvdA_xYz/+123";

it("takes a secret out of every line, also where JSON or a URL has escaped it", () => {
  const lines: string[] = [];
  const log = createLog("debug", [token, 'quo"te\\d secret'], (line) => lines.push(line));
  log.info(
    { nested: { deep: { token } }, list: [`Bearer ${token}`] },
    `asked /sync?access_token=${encodeURIComponent(token)}`,
  );
  log.error({ why: 'quo"te\\d secret' }, "failed");
  expect(lines.length).toBe(2);
  for (const line of lines) {
    for (const form of [token, encodeURIComponent(token), 'quo\\"te\\\\d secret']) expect(line).not.toContain(form);
    expect(() => JSON.parse(line)).not.toThrow();
  }
  expect(lines[0]).toContain("‹secret›");
});

it("property: whatever surrounds a secret, it does not come through", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(!"‹secret›".includes(secret));
      const scrubbed = scrubber([secret])(`${before}${secret}${after}`);
      // What remains may only hold the secret where before, mark and after happen to form it anew: with a fresh one, never.
      expect(scrubber([secret])(`|${secret}|`)).toBe("|‹secret›|");
      expect(scrubbed.length).toBeLessThanOrEqual(before.length + after.length + secret.length + "‹secret›".length * 3);
    }),
  );
});

it("keeps a fault's message and stack, and none of its fields", () => {
  const fault = Object.assign(new Error("Request failed"), {
    config: { headers: { authorization: `Bearer ${token}` } },
  });
  expect(JSON.stringify(faultOf(fault))).not.toContain(token);
  expect(faultOf("thrown text").fault).toBe("thrown text");
});
