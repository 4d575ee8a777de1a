import { choice } from "../src/conversation/arguments.ts";
import { desk, text } from "../src/conversation/command.ts";
import { stateInWords } from "../src/conversation/request-state.ts";
import type { Request, RequestState } from "../src/store/store.ts";

/** How many are shown at most: a flood of questions, which are none of these, hides no change. */
const most = 200;

const states = {
  all: ["accepted", "planned", "applying", "done", "failed", "late"],
  open: ["accepted", "planned", "applying"],
  waiting: ["planned"],
  late: ["late"],
  done: ["done"],
  failed: ["failed"],
} as const satisfies Readonly<Record<string, readonly RequestState[]>>;

/** The changes that the person may see, the newest first. */
export default desk({
  name: "jobs",
  also: ["travaux", "tâches"],
  summary: {
    en: "Changes under way, late and past, the newest first",
    fr: "Les changements en cours, en retard et passés, les plus récents d’abord",
  },
  example: { en: "jobs", fr: "travaux" },
  arguments: {
    which: choice(
      { en: "which", fr: "lesquels" },
      {
        all: { en: "all", fr: "tous" },
        open: { en: "open", fr: "ouverts" },
        waiting: { en: "waiting", fr: "attente" },
        late: { en: "late", fr: "retard" },
        done: { en: "done", fr: "faits" },
        failed: { en: "failed", fr: "échoués" },
      },
    ).optional(),
  },
  action: "jobs",
  answer(desk, { say, moment }, { which = "all" }) {
    const asked = desk.requests(states[which], most);
    const found = which === "waiting" ? asked.filter(({ wants }) => wants !== undefined) : asked;
    if (found.length === 0 && which !== "all") return { tone: "facts", blocks: [text(say("jobs-none-such"))] };
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
      stateInWords(request, say),
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
