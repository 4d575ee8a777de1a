import { describe, expect, test } from "vitest";
import { printDuration, printSize, readDuration, readSize } from "../../src/conversation/quantities.ts";

test.each([
  ["5G", 5e9],
  ["5GB", 5e9],
  ["5 Go", 5e9],
  ["5GiB", 5 * 2 ** 30],
  ["5 Gio", 5 * 2 ** 30],
  ["1,5 To", 1.5e12],
  ["1.1G", 1.1e9],
  ["12 octets", 12],
  ["0.5 B", undefined],
  ["5", undefined],
  ["G", undefined],
  ["-5G", undefined],
  ["1e3G", undefined],
  ["5 Gx", undefined],
  ["99999999P", undefined],
])("the size %j", (words, bytes) => {
  expect(readSize(words)).toBe(bytes);
});

test.each([
  ["90m", 5_400_000],
  ["2 h", 7_200_000],
  ["7j", 604_800_000],
  ["7 jours", 604_800_000],
  ["2w", 1_209_600_000],
  ["1h30m", 5_400_000],
  ["0.5s", undefined],
  ["7", undefined],
  ["7 months", undefined],
])("the duration %j", (words, ms) => {
  expect(readDuration(words)).toBe(ms);
});

describe("printed, exactly", () => {
  test.each([
    [5e9, "5GB", "5Go"],
    [5 * 2 ** 30, "5GiB", "5Gio"],
    [1234, "1234B", "1234o"],
    [0, "0B", "0o"],
  ])("%d bytes", (bytes, en, fr) => {
    expect([printSize(bytes, "en"), printSize(bytes, "fr")]).toEqual([en, fr]);
  });

  test.each([
    [604_800_000, "7d", "7j"],
    [5_400_000, "90min", "90min"],
    [0, "0s", "0s"],
  ])("%d ms", (ms, en, fr) => {
    expect([printDuration(ms, "en"), printDuration(ms, "fr")]).toEqual([en, fr]);
  });
});
