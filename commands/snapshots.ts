import { target } from "../src/conversation/arguments.ts";
import { ask, text } from "../src/conversation/command.ts";

/** The newest first; the journey pages what is long. */
export default ask({
  name: "snapshots",
  also: ["instantanés", "snaps"],
  summary: {
    en: "The snapshots of a VM or a dataset, the newest first",
    fr: "Les instantanés d’une machine virtuelle ou d’un jeu de données, les plus récents d’abord",
  },
  example: { en: "snapshots web", fr: "instantanés web" },
  arguments: { target: target({ en: "target", fr: "cible" }) },
  action: "snapshot.list",
  resource: ({ target }) => target,
  ask: ({ target }) => ({ do: "snapshot.list", with: { target } }),
  answer({ snapshots, next }, { say, size, moment }, { target }) {
    if (snapshots.length === 0) return { tone: "facts", blocks: [text(say("snapshots-none", { target }))] };
    const columns = [
      { title: say("column-snapshot") },
      { title: say("column-taken") },
      { title: say("column-own"), numeric: true },
      { title: say("column-note") },
    ];
    const rows = snapshots.map((snapshot) => [
      snapshot.name,
      moment(snapshot.created * 1000),
      size(snapshot.used),
      snapshot.note ?? "",
    ]);
    // The host told a first page only: the older ones are named as missing, not left out in silence.
    const head =
      next === undefined
        ? say("snapshots-head", { count: snapshots.length, target })
        : say("snapshots-newest", { count: snapshots.length, target });
    return { tone: "facts", blocks: [text(head), { kind: "table", columns, rows }] };
  },
});
