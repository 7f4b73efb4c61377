/** Whatever a project says of itself, what is proposed is a sound pleach.yaml, and its commands are plain. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../src/plan/read-config.ts";
import { propose, writeConfig } from "../../src/setup/index.ts";
import { projectOf, readFixtures } from "./fixture-project.ts";

const SCHEMA = ".pleach/config.schema.json";

/** What no command may hold that was made of a project's words. */
const SHELL = /[$`;|<>\n\r\u001b]/;

function check(files: Record<string, string>, ignored: string[] = []): void {
  const proposal = propose(projectOf(files, { ignored, included: ignored }));
  const text = writeConfig(proposal, { schema: SCHEMA, tried: ["seen: \u001b[2J\ngates: {}"] });
  const { config, errors, warnings } = parseConfig(text, "pleach.yaml");
  expect([...errors, ...warnings], text).toEqual([]);
  const gates = proposal.gates.filter(({ off }) => off === undefined);
  expect((config.defaults.gates ?? []).map(({ name, run }) => [name, run])).toEqual(
    gates.map(({ name, run }) => [name, run]),
  );
  for (const { run } of gates) expect(run).not.toMatch(SHELL);
  expect(proposal.setup?.run ?? "").not.toMatch(SHELL);
  expect(text).not.toContain("\u001b");
}

describe("a project that is hostile", () => {
  it.each([
    [
      "scripts with names for a shell",
      { "package.json": JSON.stringify({ scripts: { "test:$(touch x)": "a", "test:a;b": "c", "test:--": "d" } }) },
    ],
    [
      "a workspace of names for a shell",
      { "package.json": "{}", "a;touch x/package.json": '{"scripts": {"test": "x"}}', "-rf/go.mod": "module m" },
    ],
    [
      "continuous integration that pipes",
      {
        "go.mod": "module m",
        ".github/workflows/a.yml": 'jobs: {a: {steps: [{run: "go test ./... | sh"}, {run: "go test $(id) ./..."}]}}',
      },
    ],
    [
      "lint whose words end the line",
      { "package.json": JSON.stringify({ scripts: { lint: "eslint . --fix; rm -rf x", test: "jest --watch `id`" } }) },
    ],
    ["a makefile of odd targets", { Makefile: "test$(x):\n\tid\ncheck: ; id\n--help:\n\tid\n" }],
    [
      "YAML that multiplies itself",
      {
        "package.json": "{}",
        ".github/workflows/a.yml": `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      },
    ],
    [
      "extras for a shell",
      {
        "pyproject.toml":
          '[project]\nname="p"\ndependencies=["x"]\n[project.optional-dependencies]\n"test; id"=["pytest"]\n',
        "requirements-test.txt": "x",
      },
    ],
    ["modules for a shell", { "go.work": "use (\n\t./a;id\n\t./$(id)\n\t./b\n)", "b/go.mod": "module b" }],
    [
      "names of prototypes",
      {
        "package.json": '{"scripts": {"__proto__": "x", "constructor": "y"}, "dependencies": {"__proto__": "1"}}',
        "pyproject.toml": "[tool.__proto__]\nx=1\n",
      },
    ],
  ])("%s", (_what, files) => check(files));

  it("names files to be copied that are no plain paths", () => {
    check({ "package.json": "{}" }, [
      ".env",
      "a b/.env",
      "../.env",
      "-x/.env",
      "$(id)/.env",
      "a\nb/.env",
      ".git/config",
      "x".repeat(300),
    ]);
  });

  it("says whatever it likes in its manifests", () => {
    const texts = [...new Set(readFixtures().flatMap(({ files }) => Object.entries(files)))];
    const names = [...new Set(texts.map(([name]) => name))];
    const noise = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.constantFrom(...texts.map(([, text]) => text)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), noise, { maxKeys: 8 }), (files) => check(files)),
      { numRuns: 150 },
    );
  });

  it("is written as YAML that any reader takes the same way", () => {
    for (const { files } of readFixtures()) {
      const text = writeConfig(propose(projectOf(files)), { schema: SCHEMA });
      expect(() => parse(text, { strict: true, uniqueKeys: true })).not.toThrow();
    }
  });
});
