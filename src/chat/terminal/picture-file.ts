/** Pictures at a terminal: each becomes a file, and the answer says which, and what it shows. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Block, Picture } from "../../conversation/answer.ts";
import { type Missing, missingText } from "../../conversation/picture.ts";
import { say as textsOf } from "../../languages/index.ts";
import type { Outgoing } from "../port.ts";

/** The post with its picture, if it has one, written into the folder, and with the words for that. */
export function withFile(post: Outgoing, folder: () => string): Outgoing {
  const { picture, ...words } = post.answer;
  if (picture === undefined) return post;
  const say = textsOf(post.language);
  const written = write(folder, picture);
  const line =
    typeof written === "string" ? say("terminal-picture", { file: written }) : missingText(written, picture, say);
  return { ...post, answer: withLines(words, [line, picture.alt]) };
}

const withLines = (answer: Answer, lines: readonly string[]): Answer => ({
  ...answer,
  blocks: [...answer.blocks, ...lines.map((text): Block => ({ kind: "text", text }))],
});

/** The file's path. A screen may show secrets: nobody else of this machine is to see it. */
function write(folder: () => string, { name, png }: Picture): string | Missing {
  try {
    const into = folder();
    mkdirSync(into, { recursive: true, mode: 0o700 });
    const file = join(into, name);
    writeFileSync(file, Buffer.from(png, "base64"), { mode: 0o600 });
    return file;
  } catch (fault) {
    const code = fault instanceof Error && "code" in fault ? String(fault.code) : "?";
    return { kind: "missing", why: "unwritten", code };
  }
}
