import { it } from "vitest";
import { propose, writeConfig } from "../../src/setup/index.ts";
import { projectOf, readFixtures } from "./fixture-project.ts";

it("x", () => {
  for (const f of readFixtures().filter((f) => /service|uv|poetry/.test(f.name)))
    process.stdout.write(
      `${writeConfig(propose(projectOf(f.files, { ignored: Object.keys(f.untracked ?? {}), agents: ["claude"] })), {
        schema: ".pleach/config.schema.json",
      })}\n=======\n`,
    );
});
