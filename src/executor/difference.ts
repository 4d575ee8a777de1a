/** Whether all that a plan rests on is still there, as it was when it was made. */
import type { ChangeName } from "../protocol/operations.ts";
import type { Failure } from "../protocol/wire.ts";
import { canonical } from "./canonical.ts";
import { unfitPool } from "./guard-rails.ts";
import type { Host } from "./host/host.ts";
import { listPools } from "./host/zpool.ts";
import type { Planned } from "./journal/records.ts";
import type { Kind } from "./operations/kind.ts";

type Rested = { readonly planned: Planned; readonly kind: Kind<ChangeName> };

/** Why what the plan rests on does not hold any more, or nothing. */
export async function differenceOf(reader: Host, { planned, kind }: Rested): Promise<Failure | undefined> {
  const pools = await listPools(reader);
  if (!pools.ok) return pools.failure;
  const unfit = unfitPool(planned.plan.class, planned.plan.makes, pools.value);
  if (unfit !== undefined) return unfit;
  const survey = await kind.survey(reader, planned.with as never);
  if (!survey.ok) {
    const { reason, detail } = survey.failure;
    if (reason === "host-failed" || reason === "too-large") return survey.failure;
    return { reason: "void", detail: { because: reason, ...detail } };
  }
  const { basis } = survey.value;
  if (canonical(basis) === canonical(planned.basis)) return undefined;
  const gone = planned.basis.filter((line) => !basis.includes(line));
  const come = basis.filter((line) => !planned.basis.includes(line));
  return { reason: "void", detail: { because: "changed", gone, come } };
}
