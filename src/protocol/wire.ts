/**
 * What the bot may ask and the executor may answer: JSON-RPC 2.0, one message a line, over any byte stream.
 *
 * Both programs import this folder and nothing else of one another. It uses `zod/mini`, so that the executor's bundle
 * stays small enough to read.
 */
import * as z from "zod/mini";

/** The protocol's version; `hello` refuses another. */
export const protocolVersion = 1;

/** The longest line, in bytes, that either side accepts. */
export const maximumLine = 1024 * 1024;

/** How many items one page of a long list holds at most. */
export const maximumPage = 200;

/** A UUID in small letters, as libvirt and the bot write it: two spellings of one id would be two. */
export const uuidText = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An operation's id: `uuidv5(network, event, step)`, made by the bot; the same id never runs twice. */
export const operationId = z.string().check(z.regex(uuidText));

/** SHA-256, hexadecimal. */
export const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** A person's free text: one line without control or bidirectional-override characters, at most 200 characters. */
export const noteText = z.string().check(
  z.minLength(1),
  z.maxLength(200),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  z.regex(/^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u),
);

/**
 * What a person may call a target: a VM's name or UUID, or a dataset's name. Existing names are accepted as ZFS and
 * libvirt have them, except that none may begin with `-` or hold control characters.
 */
export const targetName = z.string().check(
  z.minLength(1),
  z.maxLength(255),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  z.regex(/^[^-\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$/u),
);

/** What the bot calls a person: the same word in the executor's file of factors. */
export const personName = z.string().check(z.minLength(1), z.maxLength(100));

/** Who asked, as the bot tells it: journalled, shown, and never trusted. */
export const origin = z.strictObject({
  person: z.string().check(z.maxLength(100)),
  network: z.enum(["matrix", "fediverse", "terminal", "host"]),
  /** The bot's number of the request: the `#41` that people see. 0 at the host's own terminal. */
  request: z.int().check(z.nonnegative()),
});
export type Origin = z.infer<typeof origin>;

/** Where the executor's journal stood when it answered. The bot keeps it, so that a truncated journal shows. */
export const journalHead = z.strictObject({ seq: z.int(), hash });
export type JournalHead = z.infer<typeof journalHead>;

/** Why the executor did not do what it was asked. Every one is an expected answer, never a fault. */
export const failureReason = z.enum([
  "malformed", // the message is not of the protocol
  "unknown-method",
  "unknown-operation", // no such `do`
  "unknown-target",
  "ambiguous-target", // a name that a VM and a dataset, or two VMs, share
  "no-such-plan", // apply or watch of an id never planned
  "id-reused", // the same id with another body
  "plan-changed", // apply with a hash that is not the plan's
  "expired",
  "void", // what the plan rested on has changed
  "needs-approval", // the class wants more than was given
  "paused", // all changes are stopped until somebody resumes
  "denied", // somebody said no to the plan
  "cancelled",
  "hosts-own", // denied or cancelled from elsewhere, what was planned at the host's own terminal
  "too-late", // to approve, deny or cancel it: it is beyond that already
  "factor-unknown", // the person has no such factor enrolled here
  "factor-wrong", // a code that is not the person's now, or a signature that does not fit
  "factor-spent", // the code was used, or seen where it may not be
  "factor-locked", // too many wrong codes; detail tells until when
  "factor-not-enough", // that kind of factor does not serve this class
  "factors-unreadable", // the host's file of factors is wrong: none is accepted
  "protected", // a guard rail
  "limit", // a guard rail's number
  "pool-unhealthy",
  "several-pools", // disks on two pools cannot be snapshotted at one moment
  "no-disks", // a VM without a disk on ZFS
  "disk-outside", // a VM with disks on ZFS and another disk, which a snapshot of the VM would miss
  "already-so", // a VM that is in that state, or an autostart that is set
  "wrong-state", // a VM in a state that this cannot be done in
  "not-persistent", // a VM that would be gone once it is off
  "still-running", // a VM that did not shut down in time
  "pool-not-served", // the host's administrator keeps Manchot out of that pool
  "host-failed", // a command of the host failed; detail carries its words
  "interrupted", // it cannot be known or finished after a crash
  "too-large",
  "busy",
]);
export type FailureReason = z.infer<typeof failureReason>;

/** An expected failure: `detail` holds the values that a message to a person needs (names, numbers, the host's words). */
export const failure = z.strictObject({
  reason: failureReason,
  detail: z.catchall(z.strictObject({}), z.union([z.string(), z.number(), z.array(z.string())])),
});
export type Failure = z.infer<typeof failure>;

/** JSON-RPC error codes in use; `data` is a {@link Failure} for `refused`. */
export const errorCode = { parse: -32700, invalid: -32600, method: -32601, params: -32602, refused: 1 } as const;
