/** Random plans: chains, diamonds, wide and tangled ones, with everything that a plan may ask of the scheduler. */
import type { AgentSpec, Budget, Gate, Plan, StreamSpec, Task } from "../../plan/model.ts";
import { createSeededRandom, type SeededRandom } from "../determinism/seeded-random.ts";

const MAX_TASKS = 40;
const SHAPES = ["chains", "diamonds", "wide", "layers", "tangle"] as const;
const DAY_MS = 24 * 60 * 60_000;

/** A valid plan that is a function of the seed. */
export function randomPlan(seed: number): Plan {
  const random = createSeededRandom(seed);
  const count = random.chance(0.5, "small")
    ? random.magnitude(1, MAX_TASKS, "tasks")
    : random.whole(1, MAX_TASKS, "tasks");
  const shape = random.pick(SHAPES, "shape");
  const streams = names("stream", random.whole(1, 4, "streams")).map((name) => ({
    name,
    concurrency: random.whole(1, 5, name, "concurrency"),
    restart: random.pick(["permanent", "transient"] as const, name, "restart"),
  }));
  const agents = names("agent", random.whole(0, 2, "agents")).map(
    (name): AgentSpec => ({
      name,
      kind: "command",
      ...(random.chance(0.5, name, "limited") ? { concurrency: random.whole(1, 3, name, "concurrency") } : {}),
    }),
  );
  const resources = Object.fromEntries(
    names("resource", random.whole(0, 2, "resources")).map((name) => [name, random.whole(1, 3, name, "capacity")]),
  );
  const gates: Gate[] = random.chance(0.6, "gates")
    ? [gate("required", true), ...(random.chance(0.4, "advisory") ? [gate("advisory", false)] : [])]
    : [];
  const ids = names("task", count);
  const isolation = random.chance(0.7, "isolation") ? "worktree" : "none";
  const [reviewer] = agents;
  const standIns = (agent: string, ...of: string[]): { fallback?: string[] } => {
    const fallback = agents.map(({ name }) => name).filter((name) => name !== agent);
    return fallback.length > 0 && random.chance(0.4, ...of, "fallback") ? { fallback } : {};
  };
  const reviewed = isolation === "worktree" && reviewer !== undefined && random.chance(0.3, "reviewed");
  return {
    goal: `a random plan: ${shape}`,
    concurrency: random.whole(1, 10, "concurrency"),
    isolation,
    budget: randomBudget(random, count),
    gates,
    resources,
    streams: reviewed
      ? [...withReviews(streams), { ...reviewStream(reviewer.name), ...standIns(reviewer.name, "review") }]
      : streams,
    agents,
    tasks: ids.map((id, at): Task => {
      const needs = randomNeeds(random, shape, at).map((need) => ids[need] as string);
      const earlier = ids.slice(0, at).filter((other) => !needs.includes(other));
      const join = needs.length > 1 && random.chance(0.2, id, "join") ? randomJoin(random, id, needs) : null;
      const agent =
        agents.length > 0 && random.chance(0.7, id, "by agent") ? random.pick(agents, id, "agent").name : null;
      return {
        id,
        title: id,
        stream: random.pick(streams, id, "stream").name,
        needs,
        prefers:
          earlier.length > 0 && random.chance(0.15, id, "prefers") ? [random.pick(earlier, id, "preferred")] : [],
        uses: randomUses(random, id, resources),
        feeds: [],
        work:
          agent === null
            ? { kind: "run", command: "true" }
            : { kind: "agent", agent, ...standIns(agent, id), instruction: "" },
        gates: gates.map(({ name }) => name).filter((name) => random.chance(0.7, id, "gate", name)),
        artifacts: [],
        retries: random.whole(0, 3, id, "retries"),
        timeoutMs: DAY_MS,
        onConflict: random.chance(0.7, id, "on conflict") ? "rerun" : "ask",
        ...(join === null ? {} : { join }),
        continueOnError: random.chance(0.15, id, "continue"),
      };
    }),
  };
}

/** The stream that reviews what the first one of a plan commits. */
const reviewStream = (agent: string): StreamSpec => ({
  name: "reviewers",
  concurrency: 1,
  agent,
  restart: "permanent",
});

function withReviews([first, ...others]: readonly StreamSpec[]): StreamSpec[] {
  return first === undefined ? [] : [{ ...first, reviewedBy: "reviewers" }, ...others];
}

const names = (what: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${what}-${at + 1}`);

function gate(name: string, required: boolean): Gate {
  return { name, run: "true", required, at: required ? ["task", "merge"] : ["task"], timeoutMs: DAY_MS };
}

/** Positions of earlier tasks that the task at `at` needs. */
function randomNeeds(random: SeededRandom, shape: (typeof SHAPES)[number], at: number): number[] {
  const before = Array.from({ length: at }, (_, index) => index);
  const some = (from: readonly number[], most: number): number[] =>
    random.shuffle(from, at, "needs").slice(0, random.whole(from.length === 0 ? 0 : 1, most, at, "how many"));
  switch (shape) {
    case "chains": {
      const chains = random.whole(1, 5, "chains");
      return at < chains ? [] : [at - chains];
    }
    case "diamonds": {
      // One, three beside each other, one, …
      const place = at % 4;
      if (place === 0) return at === 0 ? [] : before.slice(at - 3);
      return [at - place];
    }
    case "wide":
      return at === 0 || random.chance(0.6, at, "first") ? [] : some(before, 4);
    case "layers": {
      const width = random.whole(2, 6, "width");
      const layer = Math.floor(at / width);
      return layer === 0 ? [] : some(before.slice((layer - 1) * width, layer * width), 3);
    }
    case "tangle":
      return random.chance(0.2, at, "first") ? [] : some(before.slice(-8), 4);
  }
}

function randomJoin(random: SeededRandom, id: string, needs: readonly string[]): NonNullable<Task["join"]> {
  const require = random.chance(0.4, id, "requires") ? [random.pick(needs, id, "required")] : [];
  return { min: random.whole(1, needs.length, id, "quorum"), require };
}

function randomUses(
  random: SeededRandom,
  id: string,
  resources: Readonly<Record<string, number>>,
): Record<string, number> {
  const used = Object.entries(resources).filter(([name]) => random.chance(0.3, id, "uses", name));
  return Object.fromEntries(used.map(([name, capacity]) => [name, random.whole(1, capacity, id, "units", name)]));
}

function randomBudget(random: SeededRandom, tasks: number): Budget {
  if (!random.chance(0.2, "budget")) return { mode: "warn" };
  // A task costs about a dollar: half of these budgets are too small.
  const usd = random.whole(1, 2 * tasks, "usd");
  const perTask = random.chance(0.5, "per task") ? { perTask: { usd: 1 } } : {};
  return { mode: random.pick(["warn", "soft", "hard"] as const, "mode"), usd, ...perTask };
}
