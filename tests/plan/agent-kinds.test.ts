/** The kinds of agents as plans and pleach.yaml know them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AGENT_KINDS, BUILTIN_AGENTS, explainUnfit, hintOfKind, KIND_RULES } from "../../src/plan/agent-kinds.ts";
import { parseConfig } from "../../src/plan/index.ts";

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

  it("are agents without an entry where a program or a script is known for them", () => {
    expect(BUILTIN_AGENTS.map(({ name, kind }) => [name, kind])).toEqual(
      ["claude", "codex", "command", "scripted"].map((kind) => [kind, kind]),
    );
  });

  it("can plan and review but for scripts, and commands without a command", () => {
    const unfit = (kind: (typeof AGENT_KINDS)[number], rest = {}) => explainUnfit({ name: "mine", kind, ...rest });
    expect(unfit("scripted")).toBe("it only follows a script");
    expect(unfit("command")).toBe("it has no command");
    expect(unfit("command", { command: "./mine" })).toBeNull();
    expect(unfit("claude")).toBeNull();
  });
});
