/** Pause and resume: changes of the executor itself. No command runs on the host; what they do is a record in the journal. */
import type { OperationClass } from "../../protocol/operations.ts";
import { good } from "../outcome.ts";
import type { Kind } from "./kind.ts";

type Own = Kind<"executor.pause"> & Kind<"executor.resume">;

/** Anybody may stop everything at once; going on is as grave as what may go on then. */
export const pauseChanges = own("add", "paused", "stop all changes until somebody resumes");
export const resumeChanges = own("disrupt", "resumed", "let changes go on");

function own(ofClass: OperationClass, record: "paused" | "resumed", what: string): Own {
  return {
    class: ofClass,
    own: record,
    stepTimeoutMs: 0,
    survey: async () => good({ targets: [], touched: [], basis: [], remarks: [] }),
    draft: () => good({ steps: [{ what, argv: [] }], makes: [] }),
    // Only asked once its record stands in the journal.
    reality: async () => good({ stands: "all", result: { paused: record === "paused" } }),
  };
}
