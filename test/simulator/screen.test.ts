/** The screens of VMs that are not there. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPicture } from "../../src/executor/host/png.ts";
import { screen } from "../../src/simulator/screen.ts";

test("a screen is a picture, whatever the VM is called, and each has its own", () => {
  const blank = screen("");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      expect(readPicture(screen(name))).toMatchObject({ width: 640, height: 400 });
    }),
    { numRuns: 5 },
  );
  const names = ["web", "sql", "été", "1", "-x", "a;b"];
  expect(new Set([blank, ...names.map(screen)].map((one) => one.toString("latin1"))).size).toBe(names.length + 1);
});
