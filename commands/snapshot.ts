import type { Block } from "../src/conversation/answer.ts";
import { flag, targets, text as words } from "../src/conversation/arguments.ts";
import { type Context, change, text } from "../src/conversation/command.ts";
import type { WhyCrash } from "../src/protocol/operations.ts";
import { uuidText } from "../src/protocol/wire.ts";

/** All targets in one atomic command. The answer says honestly which moment a snapshot holds. */
export default change({
  name: "snapshot",
  also: ["instantané", "snap"],
  summary: {
    en: "Take a snapshot of VMs or datasets",
    fr: "Prendre un instantané de machines virtuelles ou de jeux de données",
  },
  example: { en: 'snapshot web note "before the upgrade"', fr: 'instantané web note "avant mise à jour"' },
  arguments: {
    targets: targets({ en: "target", fr: "cible" }),
    note: words(
      { en: "note", fr: "note" },
      {
        option: true,
        hint: {
          en: "kept with the snapshot; best in quotation marks",
          fr: "gardée avec l’instantané ; de préférence entre guillemets",
        },
      },
    ).optional(),
    recursive: flag(
      { en: "recursive", fr: "récursif" },
      {
        also: ["récursive"],
        hint: {
          en: "with all that lies below each dataset",
          fr: "avec tout ce qui se trouve sous chaque jeu de données",
        },
      },
    ),
  },
  action: "zfs.snapshot",
  resource: ({ targets }) => targets,
  change: ({ targets, note, recursive }) => ({ do: "zfs.snapshot", with: { targets, note, recursive } }),
  answer({ snapshots, consistency, why = [] }, context, { targets, note }) {
    const { say, size, request } = context;
    const columns = [{ title: say("column-snapshot") }, { title: say("column-content"), numeric: true }];
    const rows = snapshots.map((snapshot) => [snapshot.name, size(snapshot.referenced)]);
    return {
      tone: "done",
      blocks: [
        text(say("snapshot-done", { count: snapshots.length, targets: targets.join(", ") })),
        { kind: "table", columns, rows },
        ...(note === undefined ? [] : [text(say("snapshot-note", { note }))]),
        ...(consistency === "crash" ? crashBlocks(why, targets, context) : [text(say(`consistency-${consistency}`))]),
        text(say("why-hint", { request: String(request) })),
      ],
    };
  },
});

/** For each target, which moment its snapshot holds and why no better one; and those that did hold still. */
function crashBlocks(why: readonly WhyCrash[], asked: readonly string[], { say }: Context): readonly Block[] {
  const items = why.map(({ target, because, words }) =>
    say(`why-crash-${because}`, { target, words: words === undefined || words === "" ? "none" : words }),
  );
  // What was called by its UUID has another name in the executor's answer: of such nothing is guessed.
  const still = asked.filter(
    (name) => !uuidText.test(name.toLowerCase()) && why.every(({ target }) => target !== name),
  );
  if (why.length > 0 && still.length > 0) items.push(say("why-crash-others", { targets: still.join(", ") }));
  // Nothing was being written to what was off.
  const allOff = why.length > 0 && still.length === 0 && why.every(({ because }) => because === "off");
  return [
    ...(allOff ? [] : [text(say(still.length > 0 && why.length > 0 ? "consistency-mixed" : "consistency-crash"))]),
    ...(items.length === 0 ? [] : [{ kind: "list", items } as const]),
  ];
}
