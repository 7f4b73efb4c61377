import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/plan/duration.ts";
import { explainBadName, explainBadResource, slugOf } from "../../src/plan/names.ts";

describe("the id made of a heading", () => {
  it.each([
    ["Build the `server`", "build-the-server"],
    ["Überprüfe die Änderung, Straße", "uberprufe-die-anderung-strasse"],
    ["Don't -- stop!", "dont-stop"],
    ["--force", "force"],
    ["../../etc/passwd", "etc-passwd"],
    ["v1.2 rc", "v1-2-rc"],
    ["!!!", ""],
  ])("of %j is %j", (heading, id) => {
    expect(slugOf(heading)).toBe(id);
  });

  it("keeps headings of other scripts apart, the same in every run", () => {
    expect(slugOf("数据")).toMatch(/^task-[0-9a-f]{8}$/);
    expect(slugOf("API 数据")).toMatch(/^api-[0-9a-f]{8}$/);
    expect(slugOf("API 数据")).not.toBe(slugOf("API 文档"));
    expect(slugOf("数据")).toBe(slugOf("数据"));
  });

  it("is always a good name, or nothing", () => {
    const long = slugOf(`${"word ".repeat(100)}end`);
    expect(explainBadName(long)).toBeNull();
    expect(long).not.toBe(slugOf(`${"word ".repeat(100)}other`));
  });
});

describe("the name of a resource", () => {
  it.each([
    "db",
    "port:web",
    "database:orders-2",
    "migration:orders",
    "lockfile:Cargo.lock",
    "lockfile:web/package-lock.json",
  ])("may be %s", (name) => {
    expect(explainBadResource(name)).toBeNull();
  });

  it.each(["", "a:b", "port:", "port:a b", "lockfile:../x", "lockfile:/x", "lockfile:a//b", "lockfile:", "__proto__"])(
    "may not be %j",
    (name) => {
      expect(explainBadResource(name)).not.toBeNull();
    },
  );
});

describe("a duration", () => {
  it.each([
    ["1500ms", 1500],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    [2, 2000],
    [0.25, 250],
    ["5", null],
    ["1d", null],
    ["-1s", null],
    ["1e3s", null],
    ["200h", null],
    [-1, null],
    [Number.NaN, null],
  ])("%j is %j milliseconds", (written, ms) => {
    expect(parseDuration(written)).toBe(ms);
  });
});
