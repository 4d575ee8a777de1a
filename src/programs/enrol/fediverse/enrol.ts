/** `manchot enrol fediverse`: an access token, a profile that says what the account is, and the accounts of people. */
import { createHttp } from "../../../chat/fediverse/http.ts";
import type { AskSecret } from "../ask-secret.ts";
import type { Refused } from "../refused.ts";
import { placeForSecret, writeSecret } from "../secret-file.ts";
import { type Found, findPerson, ownAccount, prepareProfile, serverAt } from "./accounts.ts";
import type { GivenFediverse } from "./given.ts";
import { scopes, tokenByBrowser, tokenByPassword, tokenOfSnac } from "./token.ts";

const timeoutMs = 20_000;
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** The exit code: 1 where something could not be done. */
export async function enrolFediverse(given: GivenFediverse, ask: AskSecret["ask"]): Promise<number | Refused> {
  const { server, user, tokenFile } = given;
  const place = placeForSecret(tokenFile);
  if ("wrong" in place) return { wrong: place.wrong, mend: "Choose another place with --token-file." };
  const asNobody = createHttp({ server, timeoutMs });
  const found = await serverAt(asNobody, server);
  asNobody.close();
  if ("wrong" in found) return found;

  tell(`${server} answers: ${found.version}`);
  tell(
    `I will make an access token for @${user} there (${found.snac ? "of all rights: snac2 has no others" : scopes}),`,
  );
  tell(`keep it in ${tokenFile}, and mark the account as a bot.`);
  const at = { server, user, ask, tell };
  const token = await (found.snac ? tokenOfSnac(at) : given.browser ? tokenByBrowser(at) : tokenByPassword(at));
  if ("wrong" in token) return token;

  const http = createHttp({ server, accessToken: token.reveal(), timeoutMs });
  try {
    const own = await ownAccount(http, server, user);
    if ("wrong" in own) return own;
    writeSecret(tokenFile, token);
    tell(`✔ ${own.handle}: the token is in ${tokenFile}, for its owner's eyes only.`);
    if (place.there) {
      tell("  It replaces the one that was there, which still works: revoke it in the account's settings.");
    }
    const profile = await prepareProfile(http, own, given.owner);
    if ("wrong" in profile) tell(`✘ The profile is not ready: ${profile.wrong}\n  ${profile.mend}`);
    else for (const line of profile) tell(`✔ ${own.handle}: ${line}.`);

    const persons: Found[] = [];
    let missed = "wrong" in profile;
    for (const person of given.persons) {
      const one = await findPerson(http, server, own, person);
      if ("wrong" in one) {
        tell(`✘ ${one.wrong}\n  ${one.mend}`);
        missed = true;
      } else persons.push(one);
    }
    tell("\nInto .env:\n");
    process.stdout.write(`MANCHOT_FEDIVERSE_TOKEN_FILE=${tokenFile}\n`);
    tell("\nInto manchot.yaml:\n");
    process.stdout.write(`fediverse:\n  server: ${server}\n  user: "${own.handle}"\n  remote: false\n`);
    if (persons.length > 0) {
      tell("\nInto manchot.yaml, under `people:`, each where it belongs (these are people's accounts: look twice):\n");
      process.stdout.write(persons.map(printPerson).join(""));
    }
    return missed ? 1 : 0;
  } finally {
    http.close();
  }
}

/** A comment that says whom it is about, and the line to paste. */
function printPerson({ account, handle, name, local, bot, moved }: Found): string {
  const notes = [
    local ? "an account of this server" : "an account of ANOTHER server: it needs `remote: true`, and may ask only",
    ...(bot ? ["marked as a BOT: Manchot does not listen to bots"] : []),
    ...(moved ? ["MOVED elsewhere: Manchot does not listen to it"] : []),
  ];
  return `# ${handle}, “${name}”: ${notes.join("; ")}\n      fediverse: ["${account}"]\n`;
}
