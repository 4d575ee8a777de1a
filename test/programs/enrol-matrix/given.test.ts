/** The command line. */
import { expect, test } from "vitest";
import { readGiven } from "../../../src/programs/enrol/given.ts";

test.each<[string, readonly string[], string]>([
  ["a secret on the command line", ["matrix", "--recovery-key", "EsT"], "Unknown option '--recovery-key'"],
  ["no homeserver", ["matrix", "--user", "manchot"], "--homeserver wants https://"],
  ["a homeserver in clear", ["matrix", "--homeserver", "http://a.example"], "--homeserver wants https://"],
  ["no user", ["matrix", "--homeserver", "https://a.example"], "--user wants the bot's name"],
  ["an odd user", ["matrix", "--homeserver", "https://a.example", "--user", "a b"], "--user wants the bot's name"],
  [
    "an odd person",
    ["matrix", "--homeserver", "https://a.example", "--user", "m", "--person", "zelie"],
    "--person wants a Matrix ID",
  ],
  [
    "two folders",
    ["matrix", "--homeserver", "https://a.example", "--user", "m", "--state", "s", "--config", "c"],
    "--config names the folder",
  ],
])("a command line that is not understood: %s", (_, args, wrong) => {
  expect(readGiven(args)).toEqual({ wrong: expect.stringContaining(wrong) });
});
