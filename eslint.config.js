/**
 * ESLint does only what needs types and Biome cannot do as well: promises that nobody waits for, promises where none is
 * expected, switches over a union that forget a member. And one untyped rule that Biome lacks: no Math.random in a
 * machine. Everything else is Biome's.
 */
import tseslint from "typescript-eslint";

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
    files: ["src/machines/**/*.ts", "src/protocol/**/*.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        {
          object: "Math",
          property: "random",
          message: "Machines are pure (R2): random numbers come in with the event.",
        },
      ],
    },
  },
);
