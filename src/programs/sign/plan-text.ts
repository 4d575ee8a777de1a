/** The executor's canonical text of a plan, as it reaches the person who is to sign it: by way of the bot, or of the host. */

export type SignedPlan = {
  /** To the letter: what the signature covers, but for the decision. */
  readonly text: string;
  readonly host: string;
  readonly operation: string;
  /** The bot's number of the request. */
  readonly request: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
};

/** What cannot be signed, and why, for people. */
export type Unsignable = { readonly wrong: string };

/** What is seen of a character is all that it is: the executor escapes every other one, so here is none. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The lines that every plan has once, in any order here: their order is the executor's. */
const once = {
  host: /^host: (".*")$/u,
  operation: /^operation: ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/u,
  request: /^asked by: ".*" on [a-z]+, request ([0-9]{1,15}) \(as the asker tells it\)$/u,
  expires: /^expires: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/u,
} as const;

/**
 * Finds the plan in what was pasted: blank lines around it, blanks at line ends and a code block's fence do not matter, for
 * what is signed is put together anew. A changed plan is not noticed here, but by the executor, which knows its own.
 */
export function readPlanText(pasted: string): SignedPlan | Unsignable {
  const lines = pasted
    .split(/\r?\n/u)
    .map((line) => line.replace(/\s+$/u, ""))
    .filter((line) => line !== "" && !/^```/u.test(line));
  const from = lines.indexOf("Manchot plan 1");
  if (from < 0) return { wrong: "there is no line `Manchot plan 1` in it: paste the plan whole, from that line on" };
  const to = lines.findIndex((line, index) => index > from && line.startsWith("expires: "));
  if (to < 0) return { wrong: "it ends before its line `expires: …`: paste the plan whole" };
  const own = lines.slice(from, to + 1);
  const odd = own.findIndex((line) => unseen.test(line));
  if (odd >= 0)
    return { wrong: `line ${odd + 1} holds characters that cannot be seen. No executor writes such a plan` };
  const one = (pattern: RegExp): string | undefined => {
    const found = own.flatMap((line) => pattern.exec(line)?.[1] ?? []);
    return found.length === 1 ? found[0] : undefined;
  };
  const [host, operation, request, expires] = [once.host, once.operation, once.request, once.expires].map(one);
  if (host === undefined || operation === undefined || request === undefined || expires === undefined) {
    return { wrong: "it lacks its host, operation, request or expiry: paste the plan whole, as it was posted" };
  }
  return {
    text: `${own.join("\n")}\n`,
    host: JSON.parse(host) as string,
    operation,
    request: Number(request),
    expires: Date.parse(expires),
  };
}
