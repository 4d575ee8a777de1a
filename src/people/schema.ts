/** How persons are written in `manchot.yaml`. */
import { z } from "zod";
import { isMxid } from "./account.ts";
import { parseFediverseAccount } from "./fediverse-account.ts";
import { parseMatrixAccount } from "./matrix-account.ts";
import { conflicts } from "./people.ts";

/** A refusal with its mend, as src/config/shape.ts tells it. */
const refusal = (message: string, mend: string) => ({ message, params: { mend } });

export const mxid = z
  .string()
  .refine(isMxid, {
    error: "is not a Matrix ID",
    params: {
      mend: "A Matrix ID is written @name:server, in ASCII letters: the person's profile shows it, and the bot's `whoami`.",
    },
  })
  .meta({ examples: ['"@zelie:example.org"'] });

const matrixAccount = z
  .string()
  .superRefine((text, context) => {
    const parsed = parseMatrixAccount(text);
    if (parsed.ok) return;
    const { wrong, mend } = parsed;
    const message = text.includes(" ") ? `is not a Matrix account: it ${wrong}` : "is not a Matrix ID";
    context.addIssue({ code: "custom", message, params: { mend } });
  })
  .meta({ examples: ['"@zelie:example.org"', '"@zelie:example.org ed25519:KEY"'] });

const fediverseAccount = z
  .string()
  .superRefine((text, context) => {
    const parsed = parseFediverseAccount(text);
    if (parsed.ok) return;
    context.addIssue({
      code: "custom",
      message: `is not a pinned account: it ${parsed.wrong}`,
      params: {
        mend: "Write the three fields (server, account id, actor URI) as `manchot enrol fediverse --server … --person name@domain` prints them, or the bot's `whoami`.",
      },
    });
  })
  .meta({ examples: ['"https://social.example.org BChy9ZMaVg8Vx8tmTI https://social.example.org/users/zelie"'] });

const person = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/)
    .refine(
      (id) => id !== "stranger",
      refusal("cannot be `stranger`", "That is what accounts are called that are pinned to nobody."),
    )
    .meta({ description: "A short name for good: in the journal, in rules, in `why`.", examples: ["zelie"] }),
  name: z
    .string()
    // Letters of any script; but nothing that could hide or turn text around.
    .regex(/^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]{1,60}$/u)
    .meta({ description: "How the person is called in answers.", examples: ["Zélie"] }),
  roles: z
    .array(
      z
        .string()
        .min(1)
        .meta({ examples: ["admin"] }),
    )
    .min(1)
    .refine((roles) => new Set(roles).size === roles.length, refusal("has a role twice", "Keep one of the two."))
    .refine(
      (roles) => !roles.includes("stranger"),
      refusal(
        "cannot hold `stranger`",
        "That is the role of accounts pinned to nobody: remove the person, or give them another role.",
      ),
    )
    .meta({ description: "Roles of policies/schema.cedarschema.", examples: ["[admin]"] }),
  language: z
    .enum(["fr", "en"])
    .optional()
    .meta({ description: "The language of their answers.", examples: ["fr"] }),
  accounts: z
    .strictObject({
      matrix: z
        .array(matrixAccount)
        .optional()
        .meta({
          description: "Matrix IDs; behind one, where it is pinned, the identity that signs the person's devices.",
          examples: ['["@zelie:example.org"]'],
        }),
      fediverse: z
        .array(fediverseAccount)
        .optional()
        .meta({
          description: "Pinned accounts: server, account id and actor URI.",
          examples: ['["https://social.example.org BChy9ZMaVg8Vx8tmTI https://social.example.org/users/zelie"]'],
        }),
    })
    .meta({
      description: "Their accounts: from these, and no others, they are recognised.",
      examples: ['{ matrix: ["@zelie:example.org"] }'],
    }),
});

export const people = z
  .array(person)
  .min(1)
  .superRefine((all, context) => {
    for (const { path, message, mend } of conflicts(all)) {
      context.addIssue({ code: "custom", path: [...path], message, params: { mend } });
    }
  })
  .meta({ description: "The persons that the bot knows. Anybody else is a stranger.", examples: ["[]"] });
