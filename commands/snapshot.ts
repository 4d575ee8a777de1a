import { flag, targets, text as words } from "../src/conversation/arguments.ts";
import { change, text } from "../src/conversation/command.ts";

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
  answer({ snapshots, consistency }, { say, size, request }, { targets, note }) {
    const columns = [{ title: say("column-snapshot") }, { title: say("column-content"), numeric: true }];
    const rows = snapshots.map((snapshot) => [snapshot.name, size(snapshot.referenced)]);
    return {
      tone: "done",
      blocks: [
        text(say("snapshot-done", { count: snapshots.length, targets: targets.join(", ") })),
        { kind: "table", columns, rows },
        ...(note === undefined ? [] : [text(say("snapshot-note", { note }))]),
        text(say(`consistency-${consistency}`)),
        text(say("why-hint", { request: String(request) })),
      ],
    };
  },
});
