/**
 * `npm run coverage`, a step of `npm run check`: how much of the pure rooms their own tests reach. What has no I/O can be
 * tested whole, so that a figure says something; of all else the tests with real files and programs say more.
 *
 * A room may not fall below its floors, which are a little under what it has: properties are tried with other values each time.
 * Who raises a room raises its floors.
 */
import { defineConfig } from "vitest/config";

/** Room, in `src` and in `tests` -> per cent of its lines and of its branches. */
export const FLOORS: Readonly<Record<string, readonly [lines: number, branches: number]>> = {
  dag: [99, 89],
  machines: [98, 91],
  plan: [97, 89],
  protocol: [98, 92],
  "vault/index": [96, 82],
  "vault/links": [99, 97],
  "vault/notes": [94, 86],
  "vault/patterns": [90, 73],
  "vault/predict": [98, 94],
  "vault/text": [98, 85],
};

/** Files of these rooms that read files. */
export const IMPURE = [
  "src/plan/load-plan.ts",
  "src/plan/parse-bundles.ts",
  "src/plan/text-file.ts",
  "src/vault/predict/pattern-finder.ts",
];

const rooms = Object.keys(FLOORS);

export default defineConfig({
  test: {
    include: rooms.map((room) => `tests/${room}/**/*.test.ts`),
    exclude: ["tests/**/*.e2e.test.ts"],
    maxWorkers: 2,
    reporters: ["dot"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      enabled: true,
      provider: "v8",
      include: rooms.map((room) => `src/${room}/**/*.ts`),
      exclude: IMPURE,
      reporter: [["text", { skipFull: true, maxCols: 100 }]],
      reportsDirectory: "node_modules/.cache/pleach-coverage",
      thresholds: Object.fromEntries(
        Object.entries(FLOORS).map(([room, [lines, branches]]) => [`src/${room}/**`, { lines, branches }]),
      ),
    },
  },
});
