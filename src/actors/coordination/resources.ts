/** `claim_resource` and `release_resource`: the scheduler holds the leases, here they are asked for and given back. */
import { refuseClaim } from "../../machines/scheduler/leases.ts";
import type { Lease } from "../../machines/scheduler/state.ts";
import { type Caller, type CheckedCall, done, refused, type ToolAnswer, waiting, waitMs } from "./call.ts";
import { actorOf, type Coordination } from "./coordination.ts";

/** A lease is renewed by any call of its holder once this part of its time is over. */
const RENEWED_AFTER = 1 / 2;

/** Claims, renews, or goes on waiting; a task that uses the resource by its plan has it already. */
export async function claimResource(coordination: Coordination, call: CheckedCall): Promise<ToolAnswer> {
  const { caller, key, signal } = call;
  const { resource, units, lease_s } = call.args as { resource: string; units: number; lease_s: number };
  const scheduler = coordination.scheduler;
  if (scheduler === null) return refused("The run is over.");
  const why = refuseClaim(scheduler, resource, units);
  if (why !== null) {
    const names = Object.keys(scheduler.resources).join(", ") || "none";
    return refused(`Not claimed: ${why}. Resources of the plan: ${names}.`);
  }
  const planned = usesOf(coordination, caller, resource);
  if (planned >= units)
    return done(`Your task holds ${planned} of ${resource} by the plan, for as long as it runs.`, { units: planned });
  const mine = leaseOf(coordination, caller, resource);
  if (mine !== undefined && mine.units !== units)
    return refused(`You claimed ${mine.units} of ${resource} already: release it before you claim another number.`);
  const claim = mine?.claim ?? key;
  if (mine) await coordination.send({ to: "scheduler", event: { type: "resource.renew", claim } });
  else {
    const { holder, task } = caller;
    const actor = actorOf(caller);
    const ttlMs = lease_s * 1000;
    await coordination.send({
      to: "scheduler",
      event: { type: "resource.claim", claim, holder, task, actor, resource, units, ttlMs },
    });
  }
  const find = (): Lease | undefined => coordination.scheduler?.leases.find((lease) => lease.claim === claim);
  const settled = await coordination.until(
    () => {
      const lease = find();
      return lease === undefined ? "lost" : lease.fence === null ? null : lease;
    },
    { timeoutMs: waitMs(call), signal },
  );
  if (settled === null) return waiting(describePlace(coordination, resource, claim));
  if (settled === "lost") return refused(`Your claim of ${resource} ended before it was granted: claim again.`);
  const expires = new Date(settled.expiresAt).toISOString();
  return done(`You hold ${units} of ${resource} until ${expires}; any call of yours renews it in time.`, {
    resource,
    units,
    fence: settled.fence,
    expires,
  });
}

/** Gives back what the caller holds, or leaves the queue. */
export async function releaseResource(coordination: Coordination, { caller, args }: CheckedCall): Promise<ToolAnswer> {
  const { resource, fence } = args as { resource: string; fence?: number };
  const mine = leaseOf(coordination, caller, resource);
  if (mine === undefined)
    return refused(`You hold no lease of ${resource}: it was released before, or its time was over.`);
  if (fence !== undefined && fence !== mine.fence)
    return refused(`The lease with fence ${fence} is over; you hold one with fence ${mine.fence ?? "none yet"}.`);
  await coordination.send({ to: "scheduler", event: { type: "resource.release", claim: mine.claim } });
  return done(mine.fence === null ? `You left the queue for ${resource}.` : `${resource} was released.`);
}

/** Renews what the caller holds and is more than half over. */
export async function renewByUse(coordination: Coordination, { holder }: Caller): Promise<void> {
  const { now } = coordination;
  const old = (coordination.scheduler?.leases ?? []).filter(
    (lease) => lease.holder === holder && lease.fence !== null && lease.expiresAt - now < lease.ttlMs * RENEWED_AFTER,
  );
  for (const { claim } of old) await coordination.send({ to: "scheduler", event: { type: "resource.renew", claim } });
}

function leaseOf(coordination: Coordination, { holder }: Caller, resource: string): Lease | undefined {
  return coordination.scheduler?.leases.find((lease) => lease.holder === holder && lease.resource === resource);
}

function usesOf(coordination: Coordination, { task }: Caller, resource: string): number {
  const uses = task === null ? {} : (coordination.taskOf(task)?.uses ?? {});
  return Object.hasOwn(uses, resource) ? (uses[resource] ?? 0) : 0;
}

function describePlace(coordination: Coordination, resource: string, claim: string): string {
  const queue = (coordination.scheduler?.leases ?? []).filter(
    (lease) => lease.resource === resource && lease.fence === null,
  );
  const place = queue.findIndex((lease) => lease.claim === claim) + 1;
  return `${resource} is in use; you are number ${place} in the queue. Claim it again within two minutes to keep your place.`;
}
