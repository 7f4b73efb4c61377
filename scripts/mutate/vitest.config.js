// The tests that `npm run mutate` asks: those that need no built program, as `unit` in vitest.config.ts.
import { defineConfig } from "vitest/config";

const PROGRAM = ["tests/{e2e,crash}/**", "tests/**/*.e2e.test.{ts,tsx}", "tests/tooling/**", "tests/agents/**"];

export default defineConfig({
  test: { include: ["tests/**/*.test.{ts,tsx}"], exclude: PROGRAM, testTimeout: 120_000, hookTimeout: 120_000 },
});
