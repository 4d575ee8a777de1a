/**
 * The sandbox's terminal: one screen, on which a person can be anybody on any network. Interactive at a terminal; from a
 * pipe it reads one message a line and prints each conversation as plain text.
 */
import type { Say } from "../../conversation/answer.ts";
import type { Person } from "../../people/person.ts";
import { type ChatNetwork, type Inbox, type Language, type Network, networks, type Outgoing } from "../port.ts";
import { converse } from "./interactive.ts";
import { type LocalLine, readLocalLine } from "./local-line.ts";
import { withFile } from "./picture-file.ts";
import { readFromPipe } from "./pipe.ts";
import { createPosts, type Posts, type Question, type Shown } from "./posts.ts";
import { createSpeaker, type Speaker } from "./speaker.ts";

export type Breakable = { break(): void; mend(): void };

type Approves = (
  person: string,
  request: number,
) => { readonly line: string; readonly shown?: string } | { readonly words: string };

export type TerminalOptions = {
  readonly input: NodeJS.ReadStream | NodeJS.ReadableStream;
  readonly output: NodeJS.WriteStream | NodeJS.WritableStream;
  /** Whether a person sits at both ends: then there is a prompt, a history, completion. */
  readonly interactive: boolean;
  /** See {@link wantsColour}. */
  readonly colour: boolean;
  /** The texts of the environment's language. */
  readonly say: Say;
  readonly language?: Language;
  /** Whom `/as` knows, and who speaks first: a person's id. */
  readonly people: readonly Person[];
  readonly speaker: string;
  /** The folder for pictures, which a terminal cannot show: asked for with the first one. It is made where there is none. */
  readonly pictures: () => string;
  /** Where the history is kept; without it, it is not kept. */
  readonly historyFile?: string;
  /** The whole lines with which a line may go on, for who is speaking just then. */
  readonly complete?: (
    line: string,
    speaker: { readonly network: Network; readonly account: string },
  ) => readonly string[];
  /** What `/break` and `/mend` know, by its name. */
  readonly breakable: Readonly<Record<string, Breakable>>;
  /** What `/sign` does: the line by which a person approves a plan, or why there is none. */
  readonly sign?: Approves;
  /** What `/code` does: the same with a code, which is shown as `shown`. */
  readonly code?: Approves;
  /** What this terminal itself has to say below a post. */
  readonly hint?: (post: Outgoing) => string | undefined;
  /** Resolves when the bot has nothing on its way and nothing to post. */
  readonly idle: () => Promise<void>;
  readonly now?: () => number;
};

export interface Terminal {
  /** One for each network: all speak on the same screen. To be started before `run`. */
  readonly networks: readonly ChatNetwork[];
  /** Resolves when the person leaves, or when the pipe has ended and all its questions have been answered. */
  run(): Promise<void>;
}

/** What the two ways of using the terminal share. */
export type Session = {
  readonly options: TerminalOptions;
  readonly speaker: Speaker;
  readonly posts: Posts;
  /** Does what a local line says; the words to show, what is to be said to the bot, or `quit`. */
  obey(line: LocalLine): Obeyed;
  readLocal(line: string): LocalLine | undefined;
  /** Makes a question of a line, as who speaks just now. `shown`: in its place on the screen. */
  question(line: string, shown?: string): Question;
  /** Puts it to the bot, which may answer before this returns. */
  ask(question: Question): void;
  /** What is broken at the moment. */
  broken(): readonly string[];
};

export type Obeyed = { readonly words: string } | { readonly line: string; readonly shown: string } | "quit";

/** Colours only at a terminal that knows them, and never where NO_COLOR is set. */
export function wantsColour(output: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return output.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
}

export function createTerminal(options: TerminalOptions): Terminal {
  const now = options.now ?? Date.now;
  const inboxes = new Map<Network, Inbox>();
  const broken = new Set<string>();
  /** Posts that come before anybody looks wait here: what an earlier run left is answered as soon as the bot starts. */
  const early: Shown[] = [];
  let show: (shown: Shown) => void = (shown) => void early.push(shown);
  let left = false;
  const posts = createPosts(
    (shown) => show(shown),
    (post) => withFile(post, options.pictures),
  );
  const speaker = createSpeaker(options.people, options.speaker, options.language, now);

  const session: Session = {
    options,
    speaker,
    posts,
    readLocal: (line) => readLocalLine(line, Object.keys(options.breakable)),
    broken: () => [...broken],
    obey: (line) => obey(line, options, speaker, broken),
    question(line, shown = line.trim()) {
      const message = speaker.message(line);
      return { message, who: speaker.name, text: shown };
    },
    ask(question) {
      const inbox = inboxes.get(question.message.network);
      if (inbox === undefined) throw new Error(`the sandbox has not started the network ${question.message.network}`);
      posts.asked(question);
      inbox(question.message);
    },
  };

  return {
    networks: networks.map((network) => ({
      network,
      edits: true,
      start: async (inbox) => void inboxes.set(network, inbox),
      // Nobody looks any more: the post stays in the outbox, for the next run.
      send: async (post) => (left ? { kind: "retry", afterMs: 1_000, why: "nobody looks" } : posts.deliver(post)),
      stop: async () => void inboxes.delete(network),
    })),
    async run() {
      const use = (how: (shown: Shown) => void): void => {
        show = how;
        for (const shown of early.splice(0)) how(shown);
      };
      try {
        await (options.interactive ? converse(session, use) : readFromPipe(session, use));
      } finally {
        left = true;
      }
    },
  };
}

const longestShown = 24;

function obey(line: LocalLine, options: TerminalOptions, speaker: Speaker, broken: Set<string>): Obeyed {
  const { say } = options;
  const people = options.people.map((person) => person.id).join(", ");
  switch (line.kind) {
    case "as": {
      const known = speaker.become(line.who);
      return { words: known ? nowSpeaking(say, speaker) : say("terminal-stranger", { name: line.who, people }) };
    }
    case "on":
      speaker.move(line.to);
      return { words: nowSpeaking(say, speaker) };
    case "late":
      speaker.delay(line.minutes);
      return { words: say("terminal-late", { minutes: line.minutes }) };
    case "break":
      options.breakable[line.what]?.break();
      broken.add(line.what);
      return { words: say("terminal-broken", { what: line.what }) };
    case "mend":
      options.breakable[line.what]?.mend();
      broken.delete(line.what);
      return { words: say("terminal-mended", { what: line.what }) };
    case "code":
    case "sign": {
      const signed = options[line.kind]?.(speaker.id, line.request);
      if (signed === undefined) return { words: say("terminal-unknown", { word: `/${line.kind}` }) };
      if (line.kind === "code" && "line" in signed) return { ...signed, shown: signed.shown ?? signed.line };
      // Of a signature nobody reads more than that it is one.
      return "words" in signed ? signed : { line: signed.line, shown: `${signed.line.slice(0, longestShown)}…` };
    }
    case "help":
      return { words: say("terminal-help", { people, what: Object.keys(options.breakable).join("|") }) };
    case "wrong":
      return { words: say("terminal-usage", { usage: line.usage }) };
    case "unknown":
      return { words: say("terminal-unknown", { word: line.word }) };
    case "quit":
      return "quit";
  }
}

function nowSpeaking(say: Say, speaker: Speaker): string {
  const { network, encrypted, unverified } = speaker.here;
  const how = !encrypted ? "clear" : unverified ? "unverified" : "encrypted";
  return say("terminal-now", { person: speaker.label, network, how });
}
