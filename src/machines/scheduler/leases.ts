/**
 * Resources leased while work is under way, beside those that a task holds as long as it runs (`uses`): asked for by
 * agents, held by the scheduler, short, renewed, expiring, and fenced.
 *
 * LEASE-1 What is leased counts as used: together with what tasks use it never goes over a capacity.
 * LEASE-2 Claims of one resource are granted in the order in which they came; one that waits keeps later ones waiting.
 * LEASE-3 Each grant has a fencing number larger than all before it, so that who holds an old one can be told apart.
 * LEASE-4 A lease ends when it is released, when its time is over, or when its holder's task leaves its slot.
 */
import type { Events } from "../../protocol/events.ts";
import { rowAt } from "../table.ts";
import { type Draft, type Lease, type SchedulerContext, type SchedulerEvent, tell } from "./state.ts";

export type LeaseEvent = Extract<SchedulerEvent, { claim: string } | { type: "resource.return" }>;

/** A place in the queue is kept this long without being asked for again, ms. */
export const QUEUE_PLACE_MS = 120_000;
const TIMER = "lease ";

/** Why nobody can ever be granted that much of a resource, or null. */
export function refuseClaim(
  { resources }: Pick<SchedulerContext, "resources">,
  resource: string,
  units: number,
): string | null {
  const capacity = Object.hasOwn(resources, resource) ? resources[resource] : undefined;
  if (capacity === undefined) return `the plan has no resource ${JSON.stringify(resource)}`;
  if (!Number.isInteger(units) || units < 1) return "units is a whole number from 1";
  return units > capacity ? `${resource} has only ${capacity} in all` : null;
}

/** Whether an event is about leases. */
export function isLeaseEvent(event: SchedulerEvent): event is LeaseEvent {
  return "claim" in event || event.type === "resource.return";
}

/** Applies one of them; `task` is the index of the event's task. */
export function onLeaseEvent(draft: Draft, event: LeaseEvent, task: number | undefined): void {
  switch (event.type) {
    case "resource.claim":
      claim(draft, event, task ?? null);
      return;
    case "resource.renew":
      renew(draft, event.claim);
      return;
    case "resource.release":
      endLeases(draft, (lease) => lease.claim === event.claim);
      return;
    case "resource.return":
      endLeases(draft, (lease) => lease.holder === event.holder);
      return;
  }
}

/** A timer fired: the lease ends if its time is over; a renewed one gets a new timer. */
export function onLeaseTimer(draft: Draft, timer: string): void {
  if (!timer.startsWith(TIMER)) return;
  const lease = draft.context.leases.find((each) => `${TIMER}${each.claim}` === timer);
  if (lease === undefined) return;
  if (lease.expiresAt > draft.at) {
    arm(draft, lease);
    return;
  }
  drop(draft, lease);
  const { resource, units, fence, claim: name } = lease;
  draft.effects.push(
    tell({ to: lease.actor, event: { type: "resource.expired", resource, units, fence, claim: name } }),
  );
}

/** Ends all leases and claims for which this is true, and their timers. */
export function endLeases(draft: Draft, isOver: (lease: Lease) => boolean): void {
  for (const lease of draft.context.leases.filter(isOver)) {
    drop(draft, lease);
    draft.effects.push({ type: "withdraw", params: { name: "setTimer", where: { timer: `${TIMER}${lease.claim}` } } });
  }
}

/** Grants what may be granted, oldest claims first (LEASE-1, LEASE-2). */
export function grantClaims(draft: Draft): void {
  const blocked = new Set<string>();
  for (const lease of draft.context.leases) {
    if (lease.fence !== null || blocked.has(lease.resource)) continue;
    const { used, resources } = draft.context;
    const { resource, units } = lease;
    if ((used[resource] ?? 0) + units > (resources[resource] ?? 0)) blocked.add(resource);
    else grant(draft, lease);
  }
}

function claim(draft: Draft, event: Events["resource.claim"], task: number | null): void {
  const { context, at } = draft;
  const { claim: name, holder, actor, resource, units, ttlMs } = event;
  // Whoever sends it has to ask first; what is of no use is ignored, and so is who has left its slot meanwhile (LEASE-4).
  if (refuseClaim(context, resource, units) !== null || context.leases.some((each) => each.claim === name)) return;
  if (event.task !== null && (task === null || rowAt(context.rows, task).phase !== "running")) return;
  const expiresAt = at + QUEUE_PLACE_MS;
  const lease: Lease = { claim: name, holder, task, actor, resource, units, ttlMs, expiresAt, fence: null };
  context.leases = [...context.leases, lease];
  arm(draft, lease);
}

function grant(draft: Draft, lease: Lease): void {
  const { context } = draft;
  const { resource, units, actor, claim: name } = lease;
  const fence = context.fence + 1;
  context.fence = fence;
  context.used = { ...context.used, [resource]: (context.used[resource] ?? 0) + units };
  // The timer of its place in the queue goes on: it arms the lease's own when it fires.
  const granted = { ...lease, fence, expiresAt: draft.at + lease.ttlMs };
  replace(draft, granted);
  if (granted.expiresAt < lease.expiresAt) {
    draft.effects.push({ type: "withdraw", params: { name: "setTimer", where: { timer: `${TIMER}${name}` } } });
    arm(draft, granted);
  }
  draft.effects.push(tell({ to: actor, event: { type: "resource.granted", resource, units, fence, claim: name } }));
}

function renew(draft: Draft, name: string): void {
  const lease = draft.context.leases.find((each) => each.claim === name);
  if (lease === undefined) return;
  const expiresAt = draft.at + (lease.fence === null ? QUEUE_PLACE_MS : lease.ttlMs);
  replace(draft, { ...lease, expiresAt: Math.max(lease.expiresAt, expiresAt) });
}

function drop(draft: Draft, lease: Lease): void {
  const { context } = draft;
  const { resource, units, fence } = lease;
  if (fence !== null) context.used = { ...context.used, [resource]: (context.used[resource] ?? 0) - units };
  context.leases = context.leases.filter((each) => each.claim !== lease.claim);
}

function replace(draft: Draft, lease: Lease): void {
  const { context } = draft;
  context.leases = context.leases.map((each) => (each.claim === lease.claim ? lease : each));
}

function arm(draft: Draft, { claim: name, expiresAt }: Lease): void {
  draft.effects.push({ type: "setTimer", params: { timer: `${TIMER}${name}`, dueAt: expiresAt } });
}
