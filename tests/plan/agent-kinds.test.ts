/** The kinds of agents as plans and pleach.yaml know them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AGENT_KINDS, explainUnfit, hintOfKind, KIND_RULES } from "../../src/plan/agent-kinds.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { read } from "./read-text.ts";

const schema = JSON.parse(readFileSync(new URL("../../schema/config.schema.json", import.meta.url), "utf8"));

describe("the kinds of agents", () => {
  it("are those that the schema of pleach.yaml lists", () => {
    expect(schema.$defs.agent.properties.kind.enum).toEqual(AGENT_KINDS);
  });

  it.each(AGENT_KINDS)("are declared as the hint says: %s", (kind) => {
    const [, entry = ""] = /in pleach\.yaml: (agents: .*)\.$/.exec(hintOfKind(kind) ?? "") ?? [];
    const { config, errors } = parseConfig(entry.replace("…", "something"), "pleach.yaml");
    expect(errors).toEqual([]);
    expect(config.defaults.agents).toMatchObject([{ name: kind, kind }]);
  });

  it.each(AGENT_KINDS)("have a key that an entry cannot do without, or none: %s", (kind) => {
    const { required } = KIND_RULES[kind];
    const { errors } = parseConfig(`agents: {mine: {kind: ${kind}}}`, "pleach.yaml");
    const refused =
      required === null ? [] : [{ message: `agent "mine" is of kind ${kind} and has no \`${required.key}\`` }];
    expect(errors).toMatchObject(refused);
  });

  it.each(AGENT_KINDS)("are agents without an entry, or not: %s", (kind) => {
    const task = KIND_RULES[kind].followsScript ? { script: [{ say: "hi" }] } : { instruction: "Do it." };
    const { plan, errors } = read(JSON.stringify({ goal: "g", tasks: [{ id: "a", agent: kind, ...task }] }), "json");
    if (KIND_RULES[kind].isBuiltin) expect(plan?.agents).toEqual([{ name: kind, kind }]);
    else expect(errors).toMatchObject([{ code: "plan.unknownAgent", hint: hintOfKind(kind) }]);
  });

  it("are told in the chapter on agents", () => {
    const chapter = readFileSync(new URL("../../docs/agents.md", import.meta.url), "utf8");
    const [row = ""] = /^\| `kind` \|.*$/m.exec(chapter) ?? [];
    for (const kind of AGENT_KINDS) expect(row).toContain(`\`${kind}\``);
  });

  it("can plan and review but for scripts, and commands without a command", () => {
    const unfit = (kind: (typeof AGENT_KINDS)[number], rest = {}) => explainUnfit({ name: "mine", kind, ...rest });
    expect(unfit("scripted")).toBe("it only follows a script");
    expect(unfit("command")).toBe("it has no command");
    expect(unfit("command", { command: "./mine" })).toBeNull();
    expect(unfit("claude")).toBeNull();
  });
});
