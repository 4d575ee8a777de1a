/** Property tests draw the same cases in every run, so that a landing does not hang on luck; MANCHOT_SEED draws others. */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.MANCHOT_SEED ?? "20261123") });
