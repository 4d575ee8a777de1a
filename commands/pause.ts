import { change, text } from "../src/conversation/command.ts";

/** Stops all changes at once, from any venue: what runs is finished, nothing else begins. */
export default change({
  name: "pause",
  also: ["suspendre"],
  summary: {
    en: "Stop all changes on the host, until “resume”",
    fr: "Suspendre tous les changements sur l’hôte, jusqu’à « reprendre »",
  },
  example: { en: "pause", fr: "suspendre" },
  arguments: {},
  action: "pause",
  change: () => ({ do: "executor.pause", with: {} }),
  answer: (_result, { say }) => ({ tone: "done", blocks: [text(say("pause-done"))] }),
});
