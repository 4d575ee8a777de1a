/** Screens and addresses: what others wrote, read with care. */
import { randomBytes } from "node:crypto";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerAsk } from "../../../src/executor/asks.ts";
import { parseAddresses } from "../../../src/executor/host/addresses.ts";
import { readPicture } from "../../../src/executor/host/png.ts";
import { realHost } from "../../../src/executor/host/real.ts";
import { ScratchFile } from "../../../src/executor/host/scratch-file.ts";
import { screenshot } from "../../../src/executor/host/screenshot.ts";
import { asks } from "../../../src/protocol/operations.ts";
import { steadyUuid } from "../../../src/simulator/model.ts";
import { Simulator } from "../../../src/simulator/simulator.ts";
import { startBench } from "../bench.ts";

function ppm(width: number, height: number, pixels: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]);
}

/** The pixels of a PNG of ours, by undoing what the standard says its filter "up" does. */
function pixelsOf(png: Buffer, width: number, height: number): Buffer {
  const start = png.indexOf("IDAT");
  const data = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)));
  const line = width * 3;
  const out = Buffer.alloc(line * height);
  for (let y = 0; y < height; y++) {
    expect(data[y * (line + 1)]).toBe(2);
    for (let x = 0; x < line; x++) {
      const above = y === 0 ? 0 : (out[(y - 1) * line + x] ?? 0);
      out[y * line + x] = ((data[y * (line + 1) + 1 + x] ?? 0) + above) % 256;
    }
  }
  return out;
}

describe("a picture", () => {
  test("of PPM becomes a PNG with the very same pixels", () => {
    const sized = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }));
    const pictures = sized.chain(([width, height]) =>
      fc
        .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
        .map((pixels) => ({ width, height, pixels })),
    );
    fc.assert(
      fc.property(pictures, ({ width, height, pixels }) => {
        const picture = readPicture(ppm(width, height, pixels));
        if (picture === undefined) throw new Error("it was not read");
        expect([picture.width, picture.height]).toEqual([width, height]);
        expect(pixelsOf(picture.png, width, height)).toEqual(Buffer.from(pixels));
        // A PNG is taken as it is.
        expect(readPicture(picture.png)).toEqual(picture);
      }),
      { numRuns: 50 },
    );
  });

  test("that is cut, too long, or none at all is none", () => {
    const whole = ppm(4, 4, new Uint8Array(48));
    expect(readPicture(whole)).toBeDefined();
    for (const bad of [
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.from("x")]),
      Buffer.from("P6\n4 4\n65535\n"),
      Buffer.alloc(0),
    ]) {
      expect(readPicture(bad)).toBeUndefined();
    }
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readPicture(Buffer.from(bytes))));
  });

  test("of a VM's screen goes to whoever asks, within one line", async () => {
    const peer = (await startBench()).connect();
    const value = await peer.value<{ png: string; width: number; height: number; taken: number }>("ask", {
      do: "vm.screenshot",
      with: { vm: "web" },
    });
    const png = Buffer.from(value.png, "base64");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([value.width, value.height]);
    expect(asks["vm.screenshot"].value.safeParse(value).success).toBe(true);
    expect(Math.abs(value.taken - Date.now() / 1000)).toBeLessThan(60);
    expect((await peer.refusal("ask", { do: "vm.screenshot", with: { vm: "nobody" } })).reason).toBe("unknown-target");
  });

  test("of a VM that is off there is none", async () => {
    const bench = await startBench();
    Object.assign(bench.simulator.model.domains[1] ?? {}, { state: "shut off" });
    const refusal = await bench.connect().refusal("ask", { do: "vm.screenshot", with: { vm: "web" } });
    expect(refusal).toEqual({ reason: "wrong-state", detail: { vm: "web", state: "shut off" } });
  });

  test("that does not fit into an answer is refused, not cut", async () => {
    const simulator = new Simulator();
    const noise = randomBytes(900 * 600 * 3);
    const host = {
      now: () => 0,
      monotonic: () => 0,
      run: async (...[argv, options]: Parameters<Simulator["run"]>) => ({
        ...(await simulator.run(argv, options)),
        file: ppm(900, 600, noise),
      }),
    };
    expect(await screenshot(host, steadyUuid("domain web"))).toMatchObject({
      ok: false,
      failure: { reason: "too-large" },
    });
    // Whoever asked is told of which VM.
    expect(await answerAsk(host, "vm.screenshot", { vm: "web" }, "here")).toMatchObject({
      ok: false,
      failure: { reason: "too-large", detail: { vm: "web" } },
    });
  });
});

describe("the file that a command writes", () => {
  test("has no name, and is read up to its maximum", () => {
    const file = new ScratchFile(4);
    expect(file.close()).toEqual({ bytes: Buffer.alloc(0), truncated: false });
    expect(file.close()).toBeUndefined();
  });

  test("a program that cannot be started leaves none, and no descriptor behind", async () => {
    const host = realHost();
    const argv = ["/usr/bin/virsh", "-c", "qemu:///system", "screenshot", "x", "/proc/self/fd/3"] as const;
    for (let round = 0; round < 20; round++) expect((await host.run(argv, { file: 10 })).code).not.toBe(0);
  });
});

describe("addresses", () => {
  test("are read from the right, whatever an interface is called", () => {
    const text = [
      " Name                  MAC address          Protocol     Address",
      "-------------------------------------------------------------------------------",
      " lo                    00:00:00:00:00:00    ipv4         127.0.0.1/8",
      " lo                    00:00:00:00:00:00    ipv6         ::1/128",
      " Ethernet 2 ipv4       52:54:00:AB:cd:01    ipv4         192.0.2.7/24",
      " Ethernet 2 ipv4       52:54:00:ab:cd:01    ipv6         fe80::1/64",
      " eth1                  52:54:00:ab:cd:02    ipv6         2001:db8::7/64",
      " eth2                  52:54:00:ab:cd:03    N/A          N/A",
      " evil                  52:54:00:ab:cd:04    ipv4         $(reboot)/24",
      "",
      "",
    ].join("\n");
    expect(parseAddresses(text, "agent")).toEqual([
      { address: "192.0.2.7", prefix: 24, mac: "52:54:00:ab:cd:01", source: "agent" },
      { address: "2001:db8::7", prefix: 64, mac: "52:54:00:ab:cd:02", source: "agent" },
    ]);
  });

  test.each([
    ["the agent's", { agent: "connected" }, "agent"],
    ["the lease's, where there is no agent", { agent: "none" }, "lease"],
  ] as const)("%s are in what is told of a VM", async (_what, more, source) => {
    const bench = await startBench();
    const mac = "52:54:00:00:00:01";
    Object.assign(bench.simulator.model.domains[1] ?? {}, {
      ...more,
      addresses: [{ address: "192.0.2.9", prefix: 24, mac }],
    });
    const info = await bench.connect().value("ask", { do: "vm.info", with: { vm: "web" } });
    expect(info).toMatchObject({ addresses: [{ address: "192.0.2.9", prefix: 24, mac, source }] });
  });

  test("of a VM that is off are not told as none", async () => {
    const bench = await startBench();
    Object.assign(bench.simulator.model.domains[1] ?? {}, { state: "shut off" });
    const info = await bench.connect().value("ask", { do: "vm.info", with: { vm: "web" } });
    expect(info).not.toHaveProperty("addresses");
  });
});
