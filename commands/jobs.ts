import { desk, text } from "../src/conversation/command.ts";
import type { Request, RequestState } from "../src/store/store.ts";

/** How many are shown at most: a flood of questions, which are none of these, hides no change. */
const most = 200;

const changes: readonly RequestState[] = ["accepted", "planned", "applying", "done", "failed", "late"];

/** The changes that the person may see, the newest first. */
export default desk({
  name: "jobs",
  also: ["travaux", "tâches"],
  summary: {
    en: "Changes under way, late and past, the newest first",
    fr: "Les changements en cours, en retard et passés, les plus récents d’abord",
  },
  example: { en: "jobs", fr: "travaux" },
  arguments: {},
  action: "jobs",
  answer(desk, { say, moment }) {
    const found = desk.requests(changes, most);
    if (found.length === 0) return { tone: "facts", blocks: [text(say("jobs-none"))] };
    const columns = [
      { title: "#", numeric: true },
      { title: say("column-state") },
      { title: say("column-said") },
      { title: say("column-who") },
      { title: say("column-when") },
    ];
    const row = (request: Request): readonly string[] => [
      `#${request.number}`,
      say(`request-state-${request.state}`),
      request.text,
      request.person ?? request.label,
      moment(request.receivedAt),
    ];
    return {
      tone: "facts",
      blocks: [{ kind: "table", columns, rows: found.map(row) }, text(say("jobs-shown", { most }))],
    };
  },
});
