/** The artifacts of a run: published once, again, by somebody else, and out of order. */
import { artifactsMachine } from "../../../src/machines/artifacts.ts";
import type { MachineCase } from "./machine-case.ts";

const version = {
  name: "api",
  level: "draft",
  stream: "builders",
  task: "t",
  attempt: "1",
  key: "k1",
  version: 1,
  path: "out/api.1",
  sha256: "0",
  bytes: 1,
};

export const artifactsCases: MachineCase[] = [
  {
    name: "of one publisher",
    machine: artifactsMachine,
    options: {
      input: { owners: { api: "t" } },
      events: {
        "artifact.published": [
          version,
          { ...version, key: "k2", version: 2, level: "final" },
          { ...version, key: "k3", version: 3, level: "draft" },
          { ...version, key: "k4", task: "other" },
        ],
      },
      invariants: {
        "versions are numbered without gaps": (_state, context) =>
          Object.values((context as { versions: Record<string, { version: number }[]> }).versions).every((versions) =>
            versions.every((each, at) => each.version === at + 1),
          ),
      },
    },
  },
];
