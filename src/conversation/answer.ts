/** What the bot says, before any network's form is given to it. */

/** A piece of an answer. Every string is plain text; the networks' renderers escape it. */
export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  /** Shown as columns where there is room (terminal, Matrix), else one line a row. `numeric` columns align right. */
  | {
      readonly kind: "table";
      readonly columns: readonly { readonly title: string; readonly numeric?: boolean }[];
      readonly rows: readonly (readonly string[])[];
    }
  /** To be read or copied to the letter. */
  | { readonly kind: "code"; readonly text: string };

/**
 * The tone decides on colours and marks only.
 * `done` a change that took effect; `facts` an ask's answer; `progress` under way; `question` something is wanted before it
 * goes on; `refused` not permitted; `problem` not understood, or not possible; `failed` something went wrong.
 */
export type Tone = "done" | "facts" | "progress" | "question" | "refused" | "problem" | "failed";

/** What is shown beside the words: they are whole without it, and the same on all networks whatever becomes of it. */
export type Picture = {
  /** The file, in base64. Dropped from the store once the post is out. */
  readonly png: string;
  /** For those who do not see it, in the language of the words. */
  readonly alt: string;
  /** What the file is called: letters, digits, `-` and `_`, and `.png`. */
  readonly name: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
};

export type Answer = { readonly tone: Tone; readonly blocks: readonly Block[]; readonly picture?: Picture };

/** The texts of one language: `say("snapshot-done", { name })`. Numbers and dates are formatted by the language. */
export type Say = (id: string, values?: Readonly<Record<string, string | number>>) => string;
