/** What `manchot sign` is told on its command line. */
import { parseArgs } from "node:util";
import type { Unsignable } from "./plan-text.ts";

export const signUsage = `manchot sign [NUMBER] --key FILE [--host USER@HOST | --text FILE] [--yes]
    Shows a plan and signs it with an SSH key of yours: prints the line to say to the bot. On your own machine, not the host's.
    The plan is fetched from the host by ssh (--host), read from a file (--text), or pasted here.
    The same without this program: (cat plan.txt; echo "decision: approve") | ssh-keygen -Y sign -n manchot -f KEY
`;

export type Given = {
  readonly number: number | undefined;
  readonly key: string;
  readonly host: string | undefined;
  readonly file: string | undefined;
  readonly yes: boolean;
};

export function readGiven(argv: readonly string[]): Given | Unsignable {
  const text = { type: "string" } as const;
  const options = { key: text, host: text, text, yes: { type: "boolean" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const number = positionals[0];
    if (positionals.length > 1 || (number !== undefined && !/^#?[0-9]{1,15}$/u.test(number))) {
      return { wrong: "it wants the number of one request: #41" };
    }
    if (values.key === undefined) return { wrong: "which key? --key ~/.ssh/id_ed25519, for instance" };
    if (values.host !== undefined && values.text !== undefined) return { wrong: "--host or --text, not both" };
    // ssh would take it for an option.
    if (values.host?.startsWith("-") === true) return { wrong: "--host wants USER@HOST" };
    if (values.host !== undefined && number === undefined)
      return { wrong: "--host wants the number of the request too" };
    return {
      number: number === undefined ? undefined : Number(number.replace("#", "")),
      key: values.key,
      host: values.host,
      file: values.text,
      yes: values.yes === true,
    };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
