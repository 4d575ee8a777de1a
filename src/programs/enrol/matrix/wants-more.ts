/** A homeserver that is not content with the account's password. */
import type { AuthWanted } from "../../../chat/matrix/user-interactive.ts";
import type { Refused } from "../refused.ts";

export function wantsMore({ refused, ways }: AuthWanted): Refused {
  if (refused) return { wrong: "the homeserver does not take the password", mend: "Run it again." };
  return {
    wrong: `the homeserver wants more than the password for that (${ways.map((way) => way.join(" and ")).join(", or ")})`,
    mend: "Ask who runs the homeserver how the account can do it.",
  };
}
