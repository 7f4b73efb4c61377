/** Which files of a change gates run, or go by: their scripts, the configuration of their tools, what other machines check. */
import { posix } from "node:path";
import type { Gate } from "../../plan/model.ts";
import type { GateInput } from "../../protocol/evidence.ts";
import { namedBy, namedByRunner } from "./command-files.ts";
import { type ChangedFile, isConfigured } from "./gate-changes.ts";

/** Files by which other machines check what is pushed. */
const CI: readonly RegExp[] = [
  /^\.(?:github|gitea|forgejo)\/(?:workflows|actions)\//,
  /^\.(?:circleci|buildkite|woodpecker|teamcity)\//,
  /^(?:\.gitlab-ci|\.travis|\.drone|\.appveyor|appveyor|azure-pipelines|bitbucket-pipelines|\.cirrus|codecov|\.codecov)\.ya?ml$/,
  /^(?:Jenkinsfile|Dockerfile\.ci)$/,
];

/**
 * Each file once. `changes` hold the texts of those files where they matter; `runners` what the files of task runners say, before
 * or after the change.
 */
export function listGateInputs(
  changes: readonly ChangedFile[],
  gates: readonly Gate[],
  runners: readonly { path: string; text: string }[],
): GateInput[] {
  const called = new Set(runners.flatMap(({ path, text }) => [...namedByRunner(path, text)]));
  return changes.flatMap((change): GateInput[] => {
    const { path } = change;
    if (gates.some((gate) => namedBy(gate).has(path))) return [{ path, why: "command" }];
    if (called.has(path)) return [{ path, why: "script" }];
    if (gates.length > 0 && isConfigured(change)) return [{ path, why: "configuration" }];
    return CI.some((pattern) => pattern.test(posix.normalize(path))) ? [{ path, why: "ci" }] : [];
  });
}
