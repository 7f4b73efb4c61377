/** Repositories that hold several projects; and what set-up reads. */
import { describe, expect, it } from "vitest";
import { propose } from "../../src/setup/index.ts";
import { projectOf } from "./fixture-project.ts";
import { pkg, scripts } from "./proposed.ts";

describe("a repository of several projects", () => {
  it("has a gate for each, named by its folder, and prepares both", () => {
    const { gates, setup } = propose(
      projectOf({
        "go.mod": "module m\nrequire x v1\n",
        "main_test.go": "",
        "web/package.json": scripts({ test: "vitest run", lint: "eslint ." }),
        "web/package-lock.json": "{}",
        "examples/demo/package.json": scripts({ test: "x" }),
      }),
    );
    expect(gates.filter(({ role }) => role === "test").map(({ name, run, cwd }) => [name, run, cwd])).toEqual([
      ["test", "go test ./...", undefined],
      ["test-web", "npm test", "web"],
    ]);
    expect(setup?.run).toBe("go mod download && (cd web && npm ci)");
    expect(setup?.reads).toEqual(["go.mod", "go.sum", "web/package.json", "web/package-lock.json", "web/.npmrc"]);
  });

  it("finds projects of the same kind side by side", () => {
    const { gates } = propose(
      projectOf({
        "backend/pyproject.toml": '[project]\nname = "b"\ndependencies = ["pytest"]\n',
        "backend/uv.lock": "",
        "frontend/package.json": scripts({ test: "vitest run" }),
        "admin/package.json": scripts({ test: "jest" }),
      }),
    );
    expect(gates.filter(({ role }) => role === "test").map(({ name, run, cwd }) => [name, run, cwd])).toEqual([
      ["test", "npm test", "admin"],
      ["test-backend", "uv run pytest", "backend"],
      ["test-frontend", "npm test", "frontend"],
    ]);
  });

  it("takes the tools in a package.json for no project of tests where another one has them", () => {
    const { gates, setup } = propose(
      projectOf({
        "package.json": pkg({ devDependencies: { husky: "9" }, scripts: { prepare: "husky" } }),
        "package-lock.json": "{}",
        "pyproject.toml": '[project]\nname = "p"\ndependencies = ["pytest"]\n',
        "uv.lock": "",
        "tests/test_a.py": "",
      }),
    );
    expect(gates.map(({ name, run }) => [name, run])).toEqual([["test", "uv run pytest"]]);
    expect(setup?.run).toBe("uv sync && npm ci");
  });
});

describe("projects below the root", () => {
  const web = { "web/package.json": scripts({ test: "vitest run" }), "web/package-lock.json": "{}" };
  const gatesOf = (files: Record<string, string>): [string, string, string | undefined][] =>
    propose(projectOf(files))
      .gates.filter(({ role }) => role === "test")
      .map(({ name, run, cwd }) => [name, run, cwd]);

  it("are those of a client and a server, each locked by itself, beside tools in the root", () => {
    const files = {
      "package.json": scripts({ dev: "concurrently x y" }),
      "package-lock.json": "{}",
      ...web,
      "server/package.json": scripts({ test: "jest" }),
      "server/package-lock.json": "{}",
    };
    expect(gatesOf(files)).toEqual([
      ["test", "npm test", "server"],
      ["test-web", "npm test", "web"],
    ]);
    expect(propose(projectOf(files)).setup?.run).toBe("npm ci && (cd server && npm ci) && (cd web && npm ci)");
  });

  it("are no packages of a workspace above them", () => {
    const files = {
      "package.json": scripts({ test: "jest" }, { workspaces: ["web"] }),
      "package-lock.json": "{}",
      ...web,
    };
    expect(gatesOf(files)).toEqual([["test", "npm test", undefined]]);
  });

  it("are prepared where a makefile above tests them, and tested by it", () => {
    const files = { Makefile: "test:\n\tcd web && npm test\nhelp:\n\t@echo\n", ...web };
    expect(gatesOf(files)).toEqual([["test", "make test", undefined]]);
    expect(propose(projectOf(files)).setup?.run).toBe("(cd web && npm ci)");
  });

  it("are tested by themselves where the makefile above does something else", () => {
    const files = { Makefile: "test:\n\t./smoke.sh\n", ...web };
    expect(gatesOf(files)).toEqual([["test", "npm test", "web"]]);
  });

  it("are modules of Go, of which none is part of another", () => {
    expect(gatesOf({ "go.mod": "module m\n", "api/go.mod": "module a\n" })).toEqual([
      ["test", "go test ./...", undefined],
      ["test-api", "go test ./...", "api"],
    ]);
  });
});

describe("what set-up reads", () => {
  const readsOf = (files: Record<string, string>): string[] | null | undefined =>
    propose(projectOf(files)).setup?.reads;

  it("is anything where scripts of the project run while it installs", () => {
    expect(readsOf({ "package.json": scripts({ postinstall: "node build.js" }) })).toBeNull();
    expect(readsOf({ "package.json": scripts({ prepare: "husky" }) })).toContain("package.json");
    expect(readsOf({ "package.json": scripts({ prepare: "tsc" }), ".npmrc": "ignore-scripts=true\n" })).toContain(
      ".npmrc",
    );
  });

  it("are all manifests of a workspace", () => {
    expect(
      readsOf({ "package.json": pkg({ workspaces: ["a"] }), "yarn.lock": "", "a/package.json": scripts({}) }),
    ).toContain("**/package.json");
  });
});
