/** The stand-in for a Pleroma server keeps to what the real one did. */
import { expect, test } from "vitest";
import { startPleroma } from "../../rig/pleroma/pleroma.ts";

test("a call that no recording covers fails the suite", async () => {
  const pleroma = await startPleroma({ users: ["bot"] });
  const authorization = `Bearer ${pleroma.user("bot").token}`;
  const answer = await fetch(`${pleroma.url}/api/v1/notifications?limit=3&max_id=7`, { headers: { authorization } });
  expect(answer.status).toBe(501);
  await expect(pleroma.stop()).rejects.toThrow("GET /api/v1/notifications: parameter max_id as given");
});
