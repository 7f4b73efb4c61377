// The tests that `npm run mutate` asks: those that need no built program, as `unit` in vitest.config.ts.
import { defineConfig } from "vitest/config";

const LEFT_OUT = [
  ...["tests/{e2e,crash}/**", "tests/**/*.e2e.test.{ts,tsx}", "tests/{tooling,agents,docs,examples,package}/**"],
  // It asks what keeps its process alive, which it shares with others here.
  "tests/vault/files/watch.test.ts",
];

/** Stryker asks for threads, in which Node dies when tests that started processes end. */
const inProcesses = {
  name: "in-processes",
  configureVitest({ project }) {
    project.config.pool = "forks";
  },
};

export default defineConfig({
  plugins: [inProcesses],
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    exclude: LEFT_OUT,
    isolate: false,
    setupFiles: "tests/helpers/setup.ts",
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
