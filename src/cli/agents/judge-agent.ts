/** What is to be said of an agent that was looked at: whether it could work now, and what to do when it could not. Pure. */
import { adviseLogin, factsOf } from "../../actors/agents/index.ts";
import { few } from "../../protocol/words.ts";
import type { Check } from "../diagnose.ts";
import { adviseBetter, findBetter } from "./better-agent.ts";
import type { LookedAtAgent } from "./look-at-agents.ts";

/** Its line in what `doctor` says. */
export function judgeAgent(looked: LookedAtAgent): Check {
  const { spec, probed, keys } = looked;
  const name = `agent ${spec.name}`;
  const message = describeAgent(looked);
  if (probed === null) {
    return { name, status: "warn", message, hint: "read it with pleach trust, then: pleach trust give" };
  }
  if (probed.kind === "missing") return { name, status: "warn", message, hint: probed.hint };
  const { command, loginHint } = factsOf(spec);
  if (!probed.answers) {
    const hint = `run ${command ?? spec.name} by hand and see what it says; its version may be too old`;
    return { name, status: "warn", message, hint };
  }
  // With a folder of its own for each run it has another login, or a key.
  if (probed.login === "no" && keys.passed.length === 0 && spec.home !== "run" && loginHint !== null) {
    const advice = adviseLogin({ name: spec.name, loginHint });
    const hint = [advice, ...adviseHeldBack(looked), "Not needed when its model service asks for none."].join(" ");
    return { name, status: "warn", message, hint };
  }
  const better = findBetter(spec);
  if (better !== null) return { name, status: "warn", message, hint: adviseBetter(spec, better) };
  const [held] = probed.login === null && keys.passed.length === 0 ? adviseHeldBack(looked) : [];
  return { name, status: "ok", message, hint: held ?? null };
}

/** One line. */
export function describeAgent({ spec, probed, others, files, keys }: LookedAtAgent): string {
  const { name, command } = spec;
  if (probed === null)
    return `${name} is not looked at: pleach.yaml says how it is started, and you have not agreed to that`;
  if (probed.kind === "missing") return `${name} is not installed (${probed.reason})`;
  const { version, answers, login } = probed;
  const words = [
    version ?? `${command ?? name}, which names no version`,
    answers ? "answers" : "does not answer",
    ...(login === "yes" ? ["logged in"] : []),
    ...(login === "no" ? ["not logged in"] : []),
    ...(login !== "yes" && keys.passed.length > 0 ? [`has ${few(keys.passed)}`] : []),
  ];
  const hidden = others.map((other) => `${other.version ?? "no version"} in ${other.file}`);
  const behind = hidden.length === 0 ? "" : `; ${files[0]} is started, and not ${few(hidden)}`;
  return `${name}: ${words.join(", ")}${behind}`;
}

/** What is set, looks as if the agent needed it, and stays behind, with what lets it through. */
export function adviseHeldBack({ spec, keys: { heldBack } }: Pick<LookedAtAgent, "spec" | "keys">): string[] {
  if (heldBack.length === 0) return [];
  const [is, it] = heldBack.length === 1 ? ["is", "it"] : ["are", "one"];
  const first = heldBack[0] ?? "";
  const line = `agents: {${spec.name}: {pass: [${first}]}}`;
  return [`${few(heldBack)} ${is} set and not let through to it; if it needs ${it}: ${line} in pleach.yaml.`];
}
