/** Random plans: chains, diamonds, wide and tangled ones, with everything that a plan may ask of the scheduler. */
import type { AgentSpec, Budget, Gate, Plan, StreamSpec, Task } from "../../plan/model.ts";
import { type Draw, drawFrom } from "../determinism/seeded-random.ts";

const MOST_TASKS = 40;
const SHAPES = ["chains", "diamonds", "wide", "layers", "tangle"] as const;
const DAY_MS = 24 * 60 * 60_000;

/** A valid plan that is a function of the seed. */
export function randomPlan(seed: number): Plan {
  const draw = drawFrom(seed);
  const count = draw.chance(0.5, "small") ? draw.magnitude(1, MOST_TASKS, "tasks") : draw.whole(1, MOST_TASKS, "tasks");
  const shape = draw.pick(SHAPES, "shape");
  const streams = names("stream", draw.whole(1, 4, "streams")).map((name) => ({
    name,
    concurrency: draw.whole(1, 5, name, "concurrency"),
    restart: draw.pick(["permanent", "transient"] as const, name, "restart"),
  }));
  const agents = names("agent", draw.whole(0, 2, "agents")).map(
    (name): AgentSpec => ({
      name,
      kind: "command",
      ...(draw.chance(0.5, name, "limited") ? { concurrency: draw.whole(1, 3, name, "concurrency") } : {}),
    }),
  );
  const resources = Object.fromEntries(
    names("resource", draw.whole(0, 2, "resources")).map((name) => [name, draw.whole(1, 3, name, "capacity")]),
  );
  const gates: Gate[] = draw.chance(0.6, "gates")
    ? [gate("required", true), ...(draw.chance(0.4, "advisory") ? [gate("advisory", false)] : [])]
    : [];
  const ids = names("task", count);
  const isolation = draw.chance(0.7, "isolation") ? "worktree" : "none";
  const [judge] = agents;
  const reviewed = isolation === "worktree" && judge !== undefined && draw.chance(0.3, "reviewed");
  return {
    goal: `a random plan: ${shape}`,
    concurrency: draw.whole(1, 10, "concurrency"),
    isolation,
    budget: drawBudget(draw, count),
    gates,
    resources,
    streams: reviewed ? [...withReviews(streams), reviewers(judge.name)] : streams,
    agents,
    tasks: ids.map((id, at): Task => {
      const needs = drawNeeds(draw, shape, at).map((need) => ids[need] as string);
      const earlier = ids.slice(0, at).filter((other) => !needs.includes(other));
      const join = needs.length > 1 && draw.chance(0.2, id, "join") ? drawJoin(draw, id, needs) : null;
      const agent = agents.length > 0 && draw.chance(0.7, id, "by agent") ? draw.pick(agents, id, "agent").name : null;
      return {
        id,
        title: id,
        stream: draw.pick(streams, id, "stream").name,
        needs,
        prefers: earlier.length > 0 && draw.chance(0.15, id, "prefers") ? [draw.pick(earlier, id, "preferred")] : [],
        uses: drawUses(draw, id, resources),
        feeds: [],
        work: agent === null ? { kind: "run", command: "true" } : { kind: "agent", agent, instruction: "" },
        gates: gates.map(({ name }) => name).filter((name) => draw.chance(0.7, id, "gate", name)),
        artifacts: [],
        retries: draw.whole(0, 3, id, "retries"),
        timeoutMs: DAY_MS,
        onConflict: draw.chance(0.7, id, "on conflict") ? "rerun" : "ask",
        ...(join === null ? {} : { join }),
        continueOnError: draw.chance(0.15, id, "continue"),
      };
    }),
  };
}

/** The stream that reviews what the first one of a plan commits. */
const reviewers = (agent: string): StreamSpec => ({ name: "reviewers", concurrency: 1, agent, restart: "permanent" });

function withReviews([first, ...others]: readonly StreamSpec[]): StreamSpec[] {
  return first === undefined ? [] : [{ ...first, reviewedBy: "reviewers" }, ...others];
}

const names = (what: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${what}-${at + 1}`);

function gate(name: string, required: boolean): Gate {
  return { name, run: "true", required, timeoutMs: DAY_MS };
}

/** Positions of earlier tasks that the task at `at` needs. */
function drawNeeds(draw: Draw, shape: (typeof SHAPES)[number], at: number): number[] {
  const before = Array.from({ length: at }, (_, index) => index);
  const some = (from: readonly number[], most: number): number[] =>
    draw.shuffle(from, at, "needs").slice(0, draw.whole(from.length === 0 ? 0 : 1, most, at, "how many"));
  switch (shape) {
    case "chains": {
      const chains = draw.whole(1, 5, "chains");
      return at < chains ? [] : [at - chains];
    }
    case "diamonds": {
      // One, three beside each other, one, …
      const place = at % 4;
      if (place === 0) return at === 0 ? [] : before.slice(at - 3);
      return [at - place];
    }
    case "wide":
      return at === 0 || draw.chance(0.6, at, "first") ? [] : some(before, 4);
    case "layers": {
      const width = draw.whole(2, 6, "width");
      const layer = Math.floor(at / width);
      return layer === 0 ? [] : some(before.slice((layer - 1) * width, layer * width), 3);
    }
    case "tangle":
      return draw.chance(0.2, at, "first") ? [] : some(before.slice(-8), 4);
  }
}

function drawJoin(draw: Draw, id: string, needs: readonly string[]): NonNullable<Task["join"]> {
  const require = draw.chance(0.4, id, "requires") ? [draw.pick(needs, id, "required")] : [];
  return { min: draw.whole(1, needs.length, id, "quorum"), require };
}

function drawUses(draw: Draw, id: string, resources: Readonly<Record<string, number>>): Record<string, number> {
  const used = Object.entries(resources).filter(([name]) => draw.chance(0.3, id, "uses", name));
  return Object.fromEntries(used.map(([name, capacity]) => [name, draw.whole(1, capacity, id, "units", name)]));
}

function drawBudget(draw: Draw, tasks: number): Budget {
  if (!draw.chance(0.2, "budget")) return { mode: "warn" };
  // A task costs about a dollar: half of these budgets are too small.
  const usd = draw.whole(1, 2 * tasks, "usd");
  const perTask = draw.chance(0.5, "per task") ? { perTask: { usd: 1 } } : {};
  return { mode: draw.pick(["warn", "soft", "hard"] as const, "mode"), usd, ...perTask };
}
