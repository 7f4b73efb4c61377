/**
 * Every prompt of every role and occasion, printed whole and kept (`npx vitest run tests/actors/prompt -u` prints them
 * anew): which sections it has, what must and must not be in it, and how long what is not data may be.
 */
import { describe, expect, it } from "vitest";
import { TOOL_NAMES } from "../../../src/actors/coordination/tools.ts";
import { estimateTokens } from "../../../src/actors/prompt/token-estimate.ts";
import { outline } from "./outline.ts";
import { BARE_PROMPTS, PROMPTS } from "./sample-prompts.ts";

/** Tokens of a prompt besides what it tells of the run. */
const MOST_TOKENS = 1_500;

const ROLE = {
  planner: ["# You plan", "# The goal of this run"],
  builder: ["# You build", "# The goal of this run"],
  reviewer: [
    "# You review",
    "# Your review",
    "# What the run is for",
    "# What was asked for",
    "# Not part of this change",
  ],
};
const PLANNING = "# Where the plan goes, and what its tasks may name";
const BEFORE = "# What came of the attempt before";
const TAUGHT = "# What earlier runs taught";
const [WHERE, MAY, OTHERS, CHECKS] = [
  "# Where you work",
  "# What you may change",
  "# Other tasks of this run",
  "# Checks",
];
const [LAST, TOGETHER] = ["# Your last message", "# Working with others"];
const BUILD = [...ROLE.builder, "# Your task: Index the notes", WHERE, MAY, OTHERS, CHECKS];
const BUILD_ON = ["# Your task again: Index the notes", WHERE, MAY];
const PLAN = [...ROLE.planner, "# Your task: Plan the search", WHERE, PLANNING];
const JUDGE = ["# What its author says", "# The change", "# Your answer"];

/** Sections of the first level, in order. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  "planner-first": [...PLAN, TAUGHT, TOGETHER],
  "planner-retry": [...PLAN, BEFORE, TAUGHT, TOGETHER],
  "planner-resumed": ["# Your task again: Plan the search", WHERE, PLANNING, BEFORE, TAUGHT],
  "builder-first": [...BUILD, TAUGHT, LAST, TOGETHER],
  "builder-first-without-tools": [...BUILD, LAST, TOGETHER],
  "builder-retry": [...BUILD, BEFORE, TAUGHT, LAST, TOGETHER],
  "builder-retry-after-review": [...BUILD, BEFORE, TAUGHT, LAST, TOGETHER],
  "builder-resumed": [...BUILD_ON, BEFORE, LAST],
  "builder-resumed-after-review": [...BUILD_ON, BEFORE, LAST],
  "builder-resumed-after-a-crash": [...BUILD_ON, LAST],
  "reviewer-first": [...ROLE.reviewer, "# Gates", ...JUDGE],
  "reviewer-second": [...ROLE.reviewer, "# Gates", "# Findings to check", ...JUDGE],
  "reviewer-resumed": ["# Review 2 of the task `index`", "# Gates", "# Findings to check", ...JUDGE],
  "reviewer-asked-again": ["# Review 2 of the task `index`", "# Gates", ...JUDGE],
};

const names = Object.keys(PROMPTS);
const of = (...wanted: RegExp[]): string[] => names.filter((name) => wanted.some((each) => each.test(name)));
const told = (name: string): string => PROMPTS[name] ?? "";
const flat = (name: string): string => told(name).replace(/\s+/g, " ");

describe("a prompt", () => {
  it.each(names)("%s is printed whole", async (name) => {
    await expect(told(name)).toMatchFileSnapshot(`../../fixtures/prompts/${name}.md`);
  });

  it("has these sections, in this order", () => {
    const found = names.map((name) => [name, outline(told(name)).headings.filter((each) => each.startsWith("# "))]);
    expect(Object.fromEntries(found)).toEqual(SECTIONS);
  });

  it("has less than 1,500 tokens besides what it tells of the run", async () => {
    expect(Object.keys(BARE_PROMPTS)).toEqual(names);
    const tokens = await Promise.all(
      Object.entries(BARE_PROMPTS).map(async ([name, text]) => [name, await estimateTokens(text)] as const),
    );
    expect(tokens.filter(([, count]) => count >= MOST_TOKENS)).toEqual([]);
  });

  it("names values, never a variable to look up", () => {
    for (const name of names) expect(told(name), name).not.toMatch(/\$[A-Z{]|PLEACH_/);
  });

  it("uses the words of the field", () => {
    for (const name of names)
      expect(told(name), name).not.toMatch(/\bmend|\bhabits?\b|of the house|\bgrave\b|\bhither|\bdeem/i);
  });
});

describe("a first attempt", () => {
  it.each(of(/-first/))("%s says nothing of earlier ones", (name) => {
    expect(flat(name)).not.toMatch(/attempt before|earlier attempt|fresh copy|was not taken|you have worked on it/i);
  });
});

describe("a further attempt", () => {
  it.each(of(/^builder-(retry|resumed)/).filter((name) => !name.includes("crash")))(
    "%s says why, and what lies in its folder",
    (name) => {
      expect(told(name)).toContain("It was not taken: `");
      expect(told(name)).toContain("/home/ada/notes/.ce-workspace/r1/out/index.");
      const isKept = name.includes("review");
      expect(told(name).includes("It holds what the attempt before had changed")).toBe(isKept);
      expect(told(name).includes("nothing that an earlier attempt changed is in it")).toBe(!isKept);
    },
  );

  it.each(of(/resumed|asked-again/))("%s has not the whole role again", (name) => {
    expect(told(name)).not.toMatch(/^# You (build|plan|review)$/m);
    expect(told(name).length).toBeLessThan(told(name.replace(/-(resumed|asked).*/, "-first")).length * 0.6);
  });

  it("after a crash of the program that ran it is told that it was cut off, and no failure", () => {
    expect(flat("builder-resumed-after-a-crash")).toContain("was cut off with the program that ran it");
  });
});

describe("a builder", () => {
  it.each(of(/^builder-(first|retry)/))(
    "%s is told its neighbours, what it builds on, who waits, and what is asked back",
    (name) => {
      for (const part of [
        "types: Types of notes",
        "changed src/types.ts, tests/types.test.ts",
        "| Names: `Note { id, title, text }`",
        "pages: Pages of the manual (docs/**)",
        "search: Search command",
        "- `test`: `npm test`",
        "message of about five lines",
      ])
        expect(told(name)).toContain(part);
      expect(told(name)).not.toContain("Plan the search");
    },
  );

  it.each(of(/^builder-/))("%s knows what is prepared, and that its work ends with its turn", (name) => {
    expect(flat(name)).toContain("Linked from the user's checkout, to be used and not changed: `data`.");
    expect(flat(name)).toContain("Set up with `npm ci --ignore-scripts`.");
    expect(flat(name)).toContain("Your work is taken when your turn ends");
    expect(flat(name)).toContain("leave nothing running in the background");
  });
});

describe("tools", () => {
  it("are named, all of them, where there are any, and the drop box where there are none", () => {
    for (const tool of TOOL_NAMES) {
      expect(told("builder-first")).toContain(`\`${tool}\``);
      expect(told("builder-first-without-tools")).not.toContain(tool);
    }
    expect(flat("builder-first")).toContain("You need a file outside of your scope: call `request_scope` now");
    expect(told("builder-first")).not.toContain(".ce-events");
    expect(told("builder-first-without-tools")).toContain("`/home/ada/notes/.ce-workspace/r1/.ce-events`");
  });
});

describe("a planner", () => {
  it.each(of(/^planner-/))(
    "%s is told the budget, what is required, where the plan goes, and no agent that plays a part",
    (name) => {
      expect(told(name)).toContain("Budget of the run: $20, $2 a task");
      expect(told(name)).toContain("Required of all that is merged, named or not: `test`.");
      expect(told(name)).toContain(
        "Write the plan to `/home/ada/notes-worktrees/r1/plan.1/pleach-plan.md`; any other change fails the task.",
      );
      expect(told(name)).toContain("Agents: `claude` (claude).");
      expect(told(name)).not.toMatch(/scripted|recorded|`play`/);
    },
  );
});

describe("a reviewer", () => {
  it.each(of(/^reviewer-/))("%s is told the gates, the base, and what the author says", (name) => {
    expect(told(name)).toContain("test: passed (npm test)");
    expect(told(name)).toContain("`git diff 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567`");
    expect(told(name)).toContain("| Names: buildIndex(notes), Index.");
    expect(told(name)).toContain("Set-up was not run here");
    expect(flat(name)).not.toMatch(/you changed|your change|your last message/i);
  });

  it("is told whose the missing half is", () => {
    expect(outline(told("reviewer-first")).blocks).toContain("search: Search command\npages: Pages of the manual");
  });
});
