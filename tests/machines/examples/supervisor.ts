/** Supervisors of two children: each strategy, each kind of restart, exhausted and degrading. */
import type { RestartKind, Strategy } from "../../../src/machines/restart-policy.ts";
import { type SupervisorContext, type SupervisorInput, supervisorMachine } from "../../../src/machines/supervisor.ts";
import { from, type MachineCase } from "./machine-case.ts";

const idsIn = ({ children }: SupervisorContext, ...states: string[]): string[] =>
  children.filter(({ state }) => states.includes(state)).map(({ id }) => id);

const MAX = 2;

function supervisorCase(
  name: string,
  {
    strategy = "one_for_one",
    degrade = false,
    restart = ["permanent", "permanent"],
    significant = false,
  }: {
    strategy?: Strategy;
    degrade?: boolean;
    restart?: [RestartKind, RestartKind];
    significant?: boolean;
  },
): MachineCase {
  const input: SupervisorInput = {
    strategy,
    degrade,
    intensity: { max: MAX, periodMs: 5_000 },
    children: [
      { id: "first", kind: "worker", input: {}, restart: restart[0] },
      { id: "second", kind: "supervisor", input: {}, restart: restart[1], significant },
    ],
    seed: 1,
    ...(degrade ? { report: "run" } : {}),
  };
  return {
    name,
    machine: supervisorMachine,
    options: {
      input,
      events: {
        "child.crashed": from<SupervisorContext>((context) =>
          [...idsIn(context, "running"), "nobody"].map((child) => ({
            child,
            reason: "boom",
            event: { type: "work", data: { n: 1 } },
          })),
        ),
        "child.done": from<SupervisorContext>((context) =>
          idsIn(context, "running").flatMap((child) => [
            { child, output: null },
            { child, output: { kind: "exhausted", child: "below", reason: "boom" } },
          ]),
        ),
        "timer.fired": from<SupervisorContext>((context) => idsIn(context, "backingOff").map((timer) => ({ timer }))),
        "supervisor.stop": { reason: "enough" },
      },
      invariants: {
        "restarts stay within the intensity (SUPERVISOR-1)": (_state, { restarts }: SupervisorContext) =>
          restarts.length <= MAX,
        "it has ended when it has an outcome": (state, { outcome }: SupervisorContext) =>
          (state === "ended") === (outcome.kind !== "running"),
        "no event kills a child more often than it may (SUPERVISOR-3)": (_state, { children }: SupervisorContext) =>
          children.every(({ kills }) => Object.values(kills).every((deaths) => deaths < 3)),
        "mail is kept only for one that will be back": (_state, { children, outcome }: SupervisorContext) =>
          outcome.kind !== "running" || children.every(({ state, kept }) => state !== "running" || kept.length === 0),
      },
    },
  };
}

export const supervisorCases: MachineCase[] = [
  supervisorCase("one for one", {}),
  supervisorCase("one for all, degrading", { strategy: "one_for_all", degrade: true }),
  supervisorCase("rest for one, transient and temporary", {
    strategy: "rest_for_one",
    restart: ["transient", "temporary"],
  }),
  supervisorCase("with a significant child", { restart: ["permanent", "temporary"], significant: true }),
];
