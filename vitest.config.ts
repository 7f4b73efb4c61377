/**
 * Three projects, one `vitest run` (and a fourth for `npm run test:agents`): `program` holds the tests that start the built
 * program or look at the package, and builds dist/ first; `unit` holds all others and needs no build. Its files share what
 * they import, which saves a third of their time; those that look at the whole process they run in are `alone`. A test that
 * starts `dist/cli.js` lies in tests/e2e or tests/crash, or is named `*.e2e.test.ts`. With PLEACH_TEST_REPORT=FILE the
 * results are also written there as JSON (CI counts from it).
 */
import { defineConfig } from "vitest/config";

/** Needs the real programs of agents, which scripts/test-agents.mjs installs. */
const AGENTS = ["tests/agents/**/*.test.ts"];
const PROGRAM = ["tests/{e2e,crash}/**/*.test.{ts,tsx}", "tests/**/*.e2e.test.{ts,tsx}", "tests/package/**/*.test.ts"];

/** They ask what keeps their process alive. */
const ALONE = ["tests/vault/files/watch.test.ts"];

const report = process.env.PLEACH_TEST_REPORT;
// Only what hangs is cut off: how long a test takes says nothing on a machine that has other things to do.
const limits = { testTimeout: 120_000, hookTimeout: 120_000, setupFiles: "tests/helpers/setup.ts" };

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/**/*.test.{ts,tsx}"],
          exclude: [...PROGRAM, ...AGENTS, ...ALONE],
          isolate: false,
          ...limits,
        },
      },
      { test: { name: "alone", include: ALONE, ...limits } },
      ...(process.env.PLEACH_REAL_AGENTS
        ? [{ test: { name: "agents", include: AGENTS, globalSetup: "tests/helpers/build-dist.ts", ...limits } }]
        : []),
      { test: { name: "program", include: PROGRAM, globalSetup: "tests/helpers/build-dist.ts", ...limits } },
    ],
  },
});
