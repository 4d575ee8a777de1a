/** An event as a person with a Matrix client sees it: decrypted or not, with its shield, and edits in the place of what they edit. */
import type { MatrixClient as SdkClient, MatrixEvent as SdkEvent } from "matrix-js-sdk";
import { EventShieldColour, EventShieldReason } from "matrix-js-sdk/lib/crypto-api/index.js";
import type { MatrixEvent } from "../matrix-client.ts";

type Content = MatrixEvent["content"];

export type SeenEvent = {
  readonly eventId: string;
  readonly sender: string;
  /** The type inside the encryption; `m.room.encrypted` where it could not be decrypted. */
  readonly type: string;
  /** What was sent, decrypted. Empty where it could not be. */
  readonly content: Content;
  /** What a client shows: the last edit's text where there are edits. */
  readonly body: string | undefined;
  /** How the newest edit's event is called, where there is one. */
  readonly editedBy: string | undefined;
  /** Whether it was encrypted on the wire. */
  readonly encrypted: boolean;
  /** Why it could not be decrypted (js-sdk's `DecryptionFailureCode`), where it could not. */
  readonly undecryptable: string | undefined;
  /** The shield that a client shows beside it, and why. Undefined where the event is clear or cannot be decrypted. */
  readonly shield: "none" | "grey" | "red" | undefined;
  readonly shieldReason: string | undefined;
  /** The event that its thread hangs on. */
  readonly thread: string | undefined;
  /** The megolm session of the encryption. */
  readonly session: string | undefined;
  /** As it lies on the server. */
  readonly raw: MatrixEvent;
};

const colours = {
  [EventShieldColour.NONE]: "none",
  [EventShieldColour.GREY]: "grey",
  [EventShieldColour.RED]: "red",
} as const;

/** `known`: the same event as js-sdk holds it, after a try to decrypt it. */
export async function seen(client: SdkClient, raw: MatrixEvent, known: SdkEvent): Promise<SeenEvent> {
  const encrypted = raw.type === "m.room.encrypted";
  const failed = known.isDecryptionFailure();
  const info = encrypted && !failed ? await client.getCrypto()?.getEncryptionInfoForEvent(known) : undefined;
  const content = failed ? {} : (known.getOriginalContent() as Content);
  const edit = known.replacingEvent();
  return {
    eventId: raw.event_id,
    sender: raw.sender,
    type: failed ? "m.room.encrypted" : known.getType(),
    content,
    body: failed ? undefined : (known.getContent().body as string | undefined),
    editedBy: edit?.getId(),
    encrypted,
    undecryptable: failed ? (known.decryptionFailureReason ?? "UNKNOWN_ERROR") : undefined,
    shield: info ? colours[info.shieldColour] : undefined,
    shieldReason: info && info.shieldReason !== null ? EventShieldReason[info.shieldReason] : undefined,
    thread: threadOf(raw.content),
    session: encrypted ? sessionOf(raw) : undefined,
    raw,
  };
}

/** Relations stand outside of the encryption, so that a server can serve threads. */
const threadOf = (content: Content): string | undefined => {
  const relation = content["m.relates_to"];
  return relation?.rel_type === "m.thread" ? relation.event_id : undefined;
};

export const sessionOf = (raw: MatrixEvent): string | undefined => raw.content.session_id as string | undefined;
