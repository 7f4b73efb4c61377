/** What is proposed for projects of JavaScript, in the shapes in which they come. */
import { describe, it } from "vitest";
import { type Case, expectProposed, pkg, scripts } from "./proposed.ts";

const JAVASCRIPT: Case[] = [
  [
    "a script that watches has a brother that does not",
    { "package.json": scripts({ test: "vitest --watch", "test:run": "vitest run" }) },
    { test: "npm run test:run" },
  ],
  [
    "jest that watches, and nothing else",
    { "package.json": scripts({ test: "jest --watch" }), "package-lock.json": "{}" },
    { test: "npx jest", setup: "npm ci" },
  ],
  [
    "vitest without a mode ends by itself where there is no terminal",
    { "package.json": scripts({ test: "vitest" }) },
    { test: "npm test" },
  ],
  [
    "create-react-app watches unless it is in CI",
    { "package.json": scripts({ test: "react-scripts test" }) },
    { test: "npm test" },
  ],
  [
    "angular watches a browser",
    { "package.json": scripts({ test: "ng test" }) },
    { test: "npm test -- --watch=false" },
  ],
  [
    "no script, but a runner among its dependencies",
    { "package.json": pkg({ devDependencies: { vitest: "3" } }), "pnpm-lock.yaml": "" },
    { test: "pnpm exec vitest run", setup: "pnpm install --frozen-lockfile" },
  ],
  [
    "a placeholder and nothing else",
    { "package.json": scripts({ test: 'echo "Error: no test specified" && exit 1' }) },
    { test: null, setup: "npm install" },
  ],
  [
    "tests of a browser are left aside",
    { "package.json": scripts({ "test:e2e": "playwright test", "test:unit": "vitest run" }) },
    { test: "npm run test:unit" },
  ],
  ["lint that rewrites", { "package.json": scripts({ lint: "eslint src --fix" }) }, { lint: "npx eslint src" }],
  [
    "lint that rewrites beside one that only checks",
    { "package.json": scripts({ lint: "eslint . --fix", "lint:check": "eslint ." }) },
    { lint: "npm run lint:check" },
  ],
  [
    "types without a script",
    { "package.json": scripts({}, { devDependencies: { typescript: "5" } }), "tsconfig.json": "{}" },
    { types: "npx tsc --noEmit" },
  ],
  [
    "a workspace of npm whose root has no scripts",
    {
      "package.json": pkg({ private: true, workspaces: ["packages/*"] }),
      "package-lock.json": "{}",
      "packages/a/package.json": scripts({ test: "node --test" }),
    },
    { test: "npm run test --workspaces --if-present", setup: "npm ci" },
  ],
  [
    "a workspace of yarn 1, one of whose packages has no tests",
    {
      "package.json": pkg({ private: true, workspaces: ["packages/*"] }),
      "yarn.lock": "# yarn lockfile v1\n",
      "packages/a/package.json": scripts({ test: "jest" }),
      "packages/b/package.json": scripts({}),
    },
    { setup: "yarn install --frozen-lockfile" },
  ],
  [
    "yarn 2 and later by its lockfile",
    { "package.json": scripts({ test: "jest" }), "yarn.lock": "__metadata:\n  version: 6\n" },
    { test: "yarn test", setup: "yarn install --immutable" },
  ],
  [
    "corepack's word beats a lockfile that was left",
    {
      "package.json": scripts({ test: "x" }, { packageManager: "pnpm@9.0.0+sha512.abc" }),
      "pnpm-lock.yaml": "",
      "package-lock.json": "{}",
    },
    { test: "pnpm test", setup: "pnpm install --frozen-lockfile" },
  ],
  [
    "yarn's own word for check",
    { "package.json": scripts({ check: "tsc", "check:types": "tsc" }), "yarn.lock": "" },
    { types: "yarn check:types" },
  ],
  [
    "nx",
    { "package.json": scripts({}, { devDependencies: { nx: "20" } }), "nx.json": "{}", "package-lock.json": "{}" },
    { test: "npx nx run-many -t test" },
  ],
  [
    "turbo without scripts",
    {
      "package.json": scripts({}, { packageManager: "pnpm@9.0.0" }),
      "turbo.json": '{"tasks": {"test": {}}}',
      "pnpm-lock.yaml": "",
    },
    { test: "pnpm exec turbo run test" },
  ],
  [
    "bun",
    { "package.json": scripts({ build: "bun build src/index.ts" }), "bun.lock": "", "src/a.test.ts": "" },
    { test: "bun test", setup: "bun install --frozen-lockfile", build: "bun run build" },
  ],
  [
    "deno",
    { "deno.json": '{"tasks": {"test": "deno test -A"}}' },
    { test: "deno task test", lint: "deno lint", setup: null },
  ],
  [
    "deno without tasks",
    { "deno.jsonc": "{}", ".github/workflows/ci.yml": "jobs: {t: {steps: [{run: deno test --allow-read}]}}" },
    { test: "deno test --allow-read" },
  ],
  [
    "a package that needs nothing",
    { "package.json": pkg({ scripts: { test: "node --test" } }) },
    { test: "npm test", setup: null },
  ],
];

describe("a project of JavaScript", () => {
  it.each(JAVASCRIPT)("%s", (_what, files, wanted) => expectProposed(files, wanted));
});
