import fc from "fast-check";
import { expect, test } from "vitest";
import { createBackOff } from "../../src/hypervisor/back-off.ts";
import { createLineSplitter } from "../../src/hypervisor/lines.ts";
import { createTail, plainWords } from "../../src/hypervisor/words.ts";

/** Lines and too long ones, in their order, as the splitter tells them. */
function split(chunks: readonly Buffer[], maximum: number): string[] {
  const told: string[] = [];
  const feed = createLineSplitter(
    maximum,
    (line) => told.push(line),
    () => told.push("(too long)"),
  );
  for (const chunk of chunks) feed(chunk);
  return told;
}

test("however the bytes are cut into chunks, the same lines come out, and only the long ones are skipped", () => {
  const lines = fc.array(fc.string({ unit: "binary", maxLength: 12 }).map((line) => line.replaceAll("\n", "")));
  fc.assert(
    fc.property(lines, fc.array(fc.nat(20)), (given, cuts) => {
      const bytes = Buffer.from(given.map((line) => `${line}\n`).join(""));
      const chunks: Buffer[] = [];
      let from = 0;
      for (const size of cuts) {
        chunks.push(bytes.subarray(from, from + size));
        from += size;
      }
      chunks.push(bytes.subarray(from));
      const whole = given.map((line) => Buffer.from(line));
      const expected = whole
        .map((line) => (line.length > 16 ? "(too long)" : line.toString()))
        .filter((line) => line.trim() !== "");
      expect(split(chunks, 16)).toEqual(expected);
    }),
  );
});

test("a line of exactly the maximum is a line; what has no end yet is none", () => {
  expect(split([Buffer.from("1234\n12345\n123")], 4)).toEqual(["1234", "(too long)"]);
});

test("waits double up to the longest, each between a half and the whole, and begin anew", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
      const backOff = createBackOff(500, 60_000, () => random);
      const wholes = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];
      for (const whole of wholes) {
        const wait = backOff.next();
        expect(wait).toBeGreaterThanOrEqual(whole / 2);
        expect(wait).toBeLessThanOrEqual(whole);
      }
      backOff.reset();
      expect(backOff.next()).toBeLessThanOrEqual(500);
    }),
  );
});

test("whatever a remote side says becomes one plain line of at most 300 characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 700 }), (text) => {
      const words = plainWords(text);
      expect([...words].length).toBeLessThanOrEqual(300);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
      expect(words).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
  const tail = createTail();
  for (let round = 0; round < 1000; round += 1) tail.add(Buffer.from("noise\n".repeat(50)));
  tail.add(Buffer.from("the end"));
  expect(tail.words()).toMatch(/^….{291,}the end$/);
});
