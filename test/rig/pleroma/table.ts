/** All that the stand-in serves over REST. A more particular route stands before one with an open place. */
import { accountRows } from "./rest-accounts.ts";
import { mediaRows } from "./rest-media.ts";
import { notificationRows } from "./rest-notifications.ts";
import { reactionRows } from "./rest-reactions.ts";
import { serverRows } from "./rest-server.ts";
import { statusRows } from "./rest-statuses.ts";
import type { Row } from "./routes.ts";

export const table: readonly Row[] = [
  ...serverRows,
  ...accountRows,
  ...statusRows,
  ...reactionRows,
  ...mediaRows,
  ...notificationRows,
];
