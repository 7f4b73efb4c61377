/**
 * ESLint does only what needs types and Biome cannot do as well: promises that nobody waits for, promises where none is
 * expected, switches over a union that forget a member. And untyped rules that Biome lacks: no Math.random in a machine,
 * files of others are opened, and files written whole, in src/safe-files only, and no regular expression needs longer than
 * in proportion to a text (scripts/attack-patterns.mjs tries what these rules cannot tell). Everything else is Biome's.
 */
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

const WHOLE = "Files are written whole by src/safe-files (writeAtomically), and moved by it (moveTo).";
const UNTRUSTED = "Files of others are opened by src/safe-files (readUntrustedFile, openUntrusted).";

export default tseslint.config(
  { ignores: ["dist/", "coverage/", "node_modules/", "examples/", "tests/fixtures/", ".ce-workspace/"] },
  {
    files: ["src/**/*.{ts,tsx}", "tests/**/*.{ts,tsx}", "bench/**/*.ts"],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "@typescript-eslint": tseslint.plugin },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    ignores: [
      "src/safe-files/**",
      // The log has a port to its disk, and rules of its own on what is synced when.
      "src/actors/log/**",
      // What others save into a note is kept only if nothing comes between the last look and the rename.
      "src/vault/files/replace.ts",
    ],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: ["node:fs", "node:fs/promises"].map((name) => ({
            name,
            importNames: ["rename", "renameSync"],
            message: WHOLE,
          })),
        },
      ],
      "no-restricted-properties": [
        "error",
        { property: "rename", message: WHOLE },
        { property: "renameSync", message: WHOLE },
        { property: "O_NOFOLLOW", message: UNTRUSTED },
      ],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { regexp },
    rules: {
      "regexp/no-super-linear-backtracking": ["error", { report: "potential" }],
      "regexp/no-super-linear-move": "error",
    },
  },
  {
    files: ["src/machines/**/*.ts", "src/protocol/**/*.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        {
          object: "Math",
          property: "random",
          message: "Machines are pure (RULE-1): random numbers come in with the event.",
        },
      ],
    },
  },
);
