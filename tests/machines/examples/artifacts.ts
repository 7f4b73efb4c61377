/** The artifacts of a run in which the plan gives one name to a task. */
import { type ArtifactsContext, artifactsMachine, LEVELS } from "../../../src/machines/artifacts.ts";
import { from, type MachineCase, when } from "./machine-case.ts";

const published = (name: string, task: string, version: number, level: string) => ({
  name,
  task,
  version,
  level,
  stream: "builders",
  attempt: "1",
  key: `${name} ${version}`,
  path: "artifacts/0",
  sha256: "0",
  bytes: 1,
});

const countOf = ({ versions }: ArtifactsContext, name: string): number => versions[name]?.length ?? 0;

export const artifactsCases: MachineCase[] = [
  {
    name: "with a name that is a task's by the plan",
    machine: artifactsMachine,
    options: {
      input: { owners: { api: "a" } },
      events: {
        "artifact.published": from<ArtifactsContext>((context) => [
          ...LEVELS.map((level) => published("api", "a", countOf(context, "api") + 1, level)),
          published("api", "b", countOf(context, "api") + 1, "draft"),
          published("notes", "b", countOf(context, "notes") + 1, "draft"),
        ]),
      },
      stopWhen: when<ArtifactsContext>((context) => countOf(context, "api") + countOf(context, "notes") > 4),
      invariants: {
        "versions are numbered without gaps (A3)": (_state, { versions }: ArtifactsContext) =>
          Object.values(versions).every((list) => list.every(({ version }, at) => version === at + 1)),
        "each name is of one task (A1)": (_state, { versions }: ArtifactsContext) =>
          (versions.api ?? []).every(({ task }) => task === "a"),
        "levels rise within an attempt (A2)": (_state, { versions }: ArtifactsContext) =>
          Object.values(versions).every((list) => {
            const levels = list.map(({ level }) => LEVELS.indexOf(level));
            return levels.every((level, at) => at === 0 || level >= (levels[at - 1] ?? 0));
          }),
      },
    },
  },
];
