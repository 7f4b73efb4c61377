// Tells Stryker which mutants to try: those of the sample. Its interface knows only "does not compile" for all others.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { keyOf } from "./sample.mjs";

class SampleChecker {
  #sample = new Set(JSON.parse(readFileSync(process.env.PLEACH_MUTATE_SAMPLE ?? "", "utf8")));

  async init() {}

  async check(mutants) {
    const results = {};
    for (const { id, fileName, location, mutatorName, replacement } of mutants) {
      const key = keyOf(this.#fileOf(fileName), location, mutatorName, replacement);
      results[id] = this.#sample.has(key)
        ? { status: "passed" }
        : { status: "compileError", reason: "not in the sample" };
    }
    return results;
  }

  group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  /** Stryker names files of the project, or of its copy of the project. */
  #fileOf(fileName) {
    const path = relative(process.cwd(), fileName).replaceAll("\\", "/");
    return path.slice(path.lastIndexOf("src/"));
  }
}

export const strykerPlugins = [{ kind: "Checker", name: "sample", injectableClass: SampleChecker }];
