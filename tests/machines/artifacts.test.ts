/** Who may publish what under which name, and as which version. */

import { describe, expect, it } from "vitest";
import { createDriver } from "../../src/actors/runtime/driver.ts";
import { type ArtifactsContext, artifactsMachine, judgePublication } from "../../src/machines/artifacts.ts";
import type { Publication } from "../../src/protocol/values.ts";

const driver = createDriver(artifactsMachine);

/** Publishes in this order, each as the version that it is judged to be; says what became of each. */
function publish(owners: Record<string, string>, ...list: Partial<Publication>[]): string[] {
  let { snapshot } = driver.start({ owners });
  return list.map((change, at) => {
    const base = { name: "api", level: "draft", stream: "s", task: "a", attempt: "1", key: `k${at}` } as const;
    const publication: Publication = { ...base, ...change };
    const judged = judgePublication(snapshot.context as ArtifactsContext, publication);
    const version = judged.kind === "refused" ? 1 : judged.version;
    const event = { type: "artifact.published", at: 1, version, path: "p", sha256: "0", bytes: 1, ...publication };
    const before = snapshot;
    snapshot = driver.step(snapshot, event as never).snapshot;
    // What is refused, and what was published before, must change nothing, also when it is recorded all the same.
    expect(snapshot === before).toBe(judged.kind !== "new");
    return judged.kind === "refused" ? judged.why : `${judged.kind} ${version}`;
  });
}

describe("artifacts", () => {
  it("go from draft over stable to final, each time as a new version, and nothing comes after", () => {
    const levels = ["draft", "draft", "stable", "final", "final"] as const;
    expect(publish({}, ...levels.map((level) => ({ level })))).toEqual([
      "new 1",
      "new 2",
      "new 3",
      "new 4",
      "api is final already",
    ]);
    expect(publish({}, { level: "stable" }, { level: "draft" })).toEqual(["new 1", "api is stable already"]);
  });

  it("begin anew with another attempt of their task", () => {
    expect(publish({}, { level: "final" }, { level: "draft", attempt: "2" })).toEqual(["new 1", "new 2"]);
  });

  it("belong to whom the plan names, else to the first who published them", () => {
    expect(publish({}, {}, { task: "b" }, { task: null })).toEqual(["new 1", "api is of a", "api is of a"]);
    expect(publish({ api: "b" }, {}, { task: "b" })).toEqual(["api is of b", "new 1"]);
    expect(publish({}, { task: null, stream: "x" }, { task: null, stream: "y" })).toEqual([
      "new 1",
      "api is of stream x",
    ]);
  });

  it("named plan are of each task that plans, and their levels rise by task", () => {
    const plan = { name: "plan" };
    const said = publish(
      { plan: "a" },
      { ...plan, level: "final" },
      { ...plan, task: "b", level: "stable" },
      { ...plan, task: "b" },
      plan,
    );
    expect(said).toEqual(["new 1", "new 2", "plan is stable already", "plan is final already"]);
  });

  it("are bounded in number and in versions", () => {
    const names = publish({}, ...Array.from({ length: 501 }, (_, at) => ({ name: `n${at}` })));
    expect(names.at(-2)).toBe("new 1");
    expect(names.at(-1)).toBe("this run holds 500 artifacts already");
    const versions = publish({}, ...Array.from({ length: 1_001 }, () => ({})));
    expect(versions.slice(-2)).toEqual(["new 1000", "api has 1000 versions already"]);
  });

  it("are taken once for one key, and kept apart by name, whatever the name is", () => {
    expect(publish({}, { key: "k" }, { key: "k", level: "final" }, { name: "toString" })).toEqual([
      "new 1",
      "again 1",
      "new 1",
    ]);
  });
});
