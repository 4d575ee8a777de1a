/** Makes plans: reads the host, asks the guard rails, names everything, and keeps it in the journal. */
import { randomBytes } from "node:crypto";
import { type ChangeName, changes } from "../protocol/operations.ts";
import type { Plan } from "../protocol/plan.ts";
import type { Origin } from "../protocol/wire.ts";
import { canonical, sha256 } from "./canonical.ts";
import { classes } from "./classes.ts";
import { type Rails, stoppedBy, unfitPool } from "./guard-rails.ts";
import type { Host } from "./host/host.ts";
import { listPools } from "./host/zpool.ts";
import type { Planned } from "./journal/records.ts";
import type { Draft, Kind, PlanTarget, Survey } from "./operations/kind.ts";
import { kinds } from "./operations/table.ts";
import { good, type Outcome, refuse } from "./outcome.ts";
import { planText } from "./plan-text.ts";

/** How long a plan may be applied, in seconds; and where two persons must read and sign it first. */
const planLifetime = 30 * 60;
const longLifetime = 12 * 3600;

export type PlanRequest = {
  readonly id: string;
  readonly do: ChangeName;
  readonly with: unknown;
  readonly origin: Origin;
};

/**
 * What tells one request from another with the same id. The bot's number of the request is not in it: a bot that was
 * restored from an old backup gives the same event, and so the same id, another number.
 */
export function bodyOf({ do: what, with: given, origin: { person, network } }: PlanRequest): string {
  return sha256(canonical({ do: what, with: given, person, network }));
}

/** A plan and what must be remembered with it. Nothing is written here. `host` needs to read only. */
export async function makePlan(
  host: Host,
  rails: Rails,
  name: string,
  identity: string,
  request: PlanRequest,
): Promise<Outcome<Planned>> {
  const checked = changes[request.do].with.safeParse(request.with);
  if (!checked.success) return refuse("malformed", { do: request.do });
  const kind: Kind<ChangeName> = kinds[request.do];
  const survey = await kind.survey(host, checked.data);
  if (!survey.ok) return survey;
  const created = Math.floor(host.now() / 1000);
  const draft = kind.draft(survey.value, checked.data, request.id, created);
  if (!draft.ok) return draft;
  const { touched, basis } = survey.value;
  const stopped = stoppedBy(rails, { class: kind.class, touched, makes: draft.value.makes });
  if (stopped !== undefined) return { ok: false, failure: stopped };
  // What touches nothing on the host is done whatever state the host is in.
  const pools = kind.own === undefined ? await listPools(host) : good([]);
  if (!pools.ok) return pools;
  const unfit = unfitPool(kind.class, namesOf(touched), pools.value);
  if (unfit !== undefined) return { ok: false, failure: unfit };
  const plan = written(request, name, kind, survey.value, draft.value, created);
  const locks = touched.map(({ kind: what, id }) => `${what} ${id}`);
  return good({ identity, body: bodyOf(request), with: checked.data, basis: [...basis], locks, plan });
}

function namesOf(touched: readonly PlanTarget[]): string[] {
  return touched.filter(({ kind }) => kind === "dataset").map(({ name }) => name);
}

function written(
  { id, do: what, origin }: PlanRequest,
  host: string,
  kind: Kind<ChangeName>,
  { targets, touched, remarks }: Survey,
  { steps, makes }: Draft,
  created: number,
): Plan {
  const { approval } = classes[kind.class];
  const untold = {
    id,
    host,
    do: what,
    class: kind.class,
    ...(approval === "nothing" ? {} : { wants: approval }),
    origin,
    targets: [...targets],
    steps: [...steps],
    makes: [...makes],
    created,
    expires: created + (approval === "signatures of two enrolled persons" ? longLifetime : planLifetime),
    nonce: randomBytes(16).toString("hex"),
  };
  const text = planText(untold, touched, remarks);
  return { ...untold, text, hash: sha256(text) };
}
