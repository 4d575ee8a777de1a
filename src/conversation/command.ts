/** A command is a value: one specification from which parser, help, suggestions, policy, plan and answer all come. */
import type { z } from "zod";
import type { Language } from "../chat/port.ts";
import type { AskName, AskValue, AskWith, ChangeName, ChangeResult, ChangeWith } from "../protocol/operations.ts";
import type { Answer, Block, Say } from "./answer.ts";
import type { Desk } from "./desk.ts";

/** In both languages: both are always understood, the answer is in the person's. */
export type Both = Readonly<Record<Language, string>>;

/** What a command's functions may know of the request and its person. */
export type Context = {
  readonly request: number;
  readonly say: Say;
  readonly language: Language;
  /** Sizes in the language's words: "123,5 Go", "123.5 GB". */
  readonly size: (bytes: number) => string;
  /** A moment in the host's time zone, in the language's words. Milliseconds since 1970. */
  readonly moment: (ms: number) => string;
  readonly duration: (ms: number) => string;
  /** What is wrong with the bot itself: told where the host's state is told, and nowhere else. */
  readonly troubles: readonly string[];
};

type Shape = Readonly<Record<string, z.ZodType>>;
type Common<S extends Shape> = {
  /** The words that call it, English first; of several words, `vm list` for instance. */
  readonly name: string;
  /** Other names, French ones and short ones; each may be of several words. */
  readonly also: readonly string[];
  readonly summary: Both;
  /** One right call for each language, without the mention; parsed by a test. */
  readonly example: Both;
  /** In their order. The last may be a `text` that takes the rest of the line. See src/conversation/arguments.ts. */
  readonly arguments: S;
  /** What Cedar is asked: the action's id, and what it is done to. Of several resources, each must be permitted. */
  readonly action: string;
  readonly resource?: (given: Given<S>) => string | readonly string[];
};
export type Given<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> };

/** Reads facts from the executor and answers at once. */
export type AskCommand<S extends Shape = Shape, N extends AskName = AskName> = Common<S> & {
  readonly kind: "ask";
  readonly ask: (given: Given<S>) => { readonly do: N; readonly with: AskWith<N> };
  readonly answer: (value: AskValue<N>, context: Context, given: Given<S>) => Answer;
};

/** Always plan → approvals → apply, even where nothing has to be approved. */
export type ChangeCommand<S extends Shape = Shape, N extends ChangeName = ChangeName> = Common<S> & {
  readonly kind: "change";
  readonly change: (given: Given<S>) => { readonly do: N; readonly with: ChangeWith<N> };
  readonly answer: (result: ChangeResult<N>, context: Context, given: Given<S>) => Answer;
};

/** Answered by the bot itself, from its own records: help, whoami, jobs, why, more, run. */
export type DeskCommand<S extends Shape = Shape> = Common<S> & {
  readonly kind: "desk";
  /** Whether it decides what becomes of a change: its help says so. */
  readonly decides?: boolean;
  readonly answer: (desk: Desk, context: Context, given: Given<S>) => Promise<Answer> | Answer;
};

export type Command = AskCommand | ChangeCommand | DeskCommand;

/** Declares a command that reads facts. */
export function ask<S extends Shape, N extends AskName>(spec: Omit<AskCommand<S, N>, "kind">): Command {
  return { ...spec, kind: "ask" } as unknown as Command;
}
/** Declares a command that changes something by the executor. */
export function change<S extends Shape, N extends ChangeName>(spec: Omit<ChangeCommand<S, N>, "kind">): Command {
  return { ...spec, kind: "change" } as unknown as Command;
}
/** Declares a command that the bot answers from its own records. */
export function desk<S extends Shape>(spec: Omit<DeskCommand<S>, "kind">): Command {
  return { ...spec, kind: "desk" } as unknown as Command;
}

/** A piece of text, for short answers. */
export const text = (words: string): Block => ({ kind: "text", text: words });
