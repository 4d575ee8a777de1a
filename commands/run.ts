import { number } from "../src/conversation/arguments.ts";
import { desk, text } from "../src/conversation/command.ts";

/** Sets a late change going. Whether its person may do it is asked again on its way, as for any other. */
export default desk({
  name: "run",
  also: ["lancer"],
  summary: { en: "Run a change of yours that came too late", fr: "Lancer un changement arrivé trop tard" },
  example: { en: "run #41", fr: "lancer #41" },
  arguments: { request: number({ en: "number", fr: "numéro" }) },
  action: "run",
  decides: true,
  answer(desk, { say }, { request }) {
    const values = { request: String(request) };
    return desk.run(request)
      ? { tone: "facts", blocks: [text(say("run-started", values))] }
      : { tone: "problem", blocks: [text(say("run-not-late", values))] };
  },
});
