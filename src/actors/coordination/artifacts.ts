/**
 * `publish_artifact` and `read_artifact`. The content is written before the event that speaks of it (RULE-9).
 */

import { join } from "node:path";
import { type ArtifactVersion, judgePublication, LEVELS, versionsOf } from "../../machines/artifacts.ts";
import { isPlanning, PLAN_ARTIFACT } from "../../plan/planning.ts";
import type { ArtifactLevel, Publication } from "../../protocol/values.ts";
import { confinePath, readUntrustedFile } from "../../safe-files/index.ts";
import { hashContent, keepContent, readKept } from "./artifact-content.ts";
import { type Caller, type CheckedCall, done, refused, type ToolAnswer, waiting, waitMs } from "./call.ts";
import type { Coordination } from "./coordination.ts";
import { MAX_ARTIFACT_BYTES } from "./tools.ts";

/** As names in a plan. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Characters of one answer; the rest is in the file. */
const MAX_SHOWN_CHARS = 60_000;
const MAX_LISTED = 100;
const LOST = "The artifacts of this run are not at hand: it was begun by an older program, or their actor was lost.";

type Content = { kind: "content"; bytes: Buffer } | { kind: "refused"; why: string };

/** Keeps the content, and publishes it as the next version. */
export async function publishArtifact(coordination: Coordination, call: CheckedCall): Promise<ToolAnswer> {
  const { caller, key } = call;
  const { name, level } = call.args as { name: string; level: ArtifactLevel };
  if (!NAME.test(name))
    return refused("A name of an artifact is made of letters, digits, dots, dashes and underscores.");
  if (name === PLAN_ARTIFACT && coordination.plan.tasks.some(isPlanning) && !doesPlan(coordination, caller))
    return refused(`Not published: ${name} is of the tasks that plan. Choose another name.`);
  const content = await readContent(coordination, call);
  if (content.kind === "refused") return refused(content.why);
  const { bytes } = content;
  const sha256 = hashContent(bytes);
  await keepContent(coordination.artifactFolder, sha256, bytes);
  // From here to the step nothing is awaited: what is judged is what is published.
  const context = coordination.artifacts;
  if (context === null) return refused(LOST);
  const { stream, task, attempt } = caller;
  const publication: Publication = { name, level, stream, task, attempt, key };
  const judged = judgePublication(context, publication);
  if (judged.kind === "refused") return refused(`Not published: ${judged.why}. Choose another name.`);
  const { version } = judged;
  const path = `artifacts/${sha256}`;
  if (judged.kind === "new")
    await coordination.send({
      to: "artifacts",
      event: { type: "artifact.published", ...publication, version, path, sha256, bytes: bytes.length },
    });
  return done(`${name} was published as version ${version} (${level}).`, { name, version, level, sha256 });
}

function doesPlan(coordination: Coordination, { task }: Caller): boolean {
  const found = task === null ? undefined : coordination.taskOf(task);
  return found !== undefined && isPlanning(found);
}

async function readContent(coordination: Coordination, { args, caller }: CheckedCall): Promise<Content> {
  const { content, file } = args as { content?: string; file?: string };
  if ((content === undefined) === (file === undefined)) return { kind: "refused", why: "Give either content or file." };
  if (content !== undefined) {
    const bytes = Buffer.from(content);
    return bytes.length > MAX_ARTIFACT_BYTES ? TOO_LARGE : { kind: "content", bytes };
  }
  const path = caller.task === null ? undefined : coordination.runningTask(caller.task)?.workspace?.path;
  if (path === undefined || path === "") {
    return {
      kind: "refused",
      why: "Only an agent that works in a worktree can name a file: give the content instead.",
    };
  }
  const target = confinePath(path, file as string);
  if (target.kind === "refused") return { kind: "refused", why: `${target.reason}.` };
  const read = await readUntrustedFile(target.path, { maxBytes: MAX_ARTIFACT_BYTES });
  if (read.kind === "absent")
    return { kind: "refused", why: `There is no file ${JSON.stringify(file)} in your worktree.` };
  return read.kind === "refused" ? TOO_LARGE : { kind: "content", bytes: read.bytes };
}

const TOO_LARGE: Content = {
  kind: "refused",
  why: "An artifact is a regular file or text of at most 256 kB: commit what is larger, and publish where it is.",
};

/** Gives the newest version that fits, or the list of all. */
export async function readArtifact(coordination: Coordination, call: CheckedCall): Promise<ToolAnswer> {
  const { name, version, level } = call.args as { name?: string; version?: number; level?: ArtifactLevel };
  if (coordination.artifacts === null) return refused(LOST);
  if (name === undefined) return listArtifacts(coordination);
  const look = (): ArtifactVersion | null => {
    const known = versionsOf(coordination.artifacts?.versions ?? {}, name);
    const least = LEVELS.indexOf(level ?? "draft");
    return (
      known.findLast(
        (each) => LEVELS.indexOf(each.level) >= least && (version === undefined || each.version === version),
      ) ?? null
    );
  };
  const found = await coordination.until(look, { timeoutMs: waitMs(call), signal: call.signal });
  if (found === null) {
    const newest = versionsOf(coordination.artifacts?.versions ?? {}, name).at(-1);
    const standing = newest
      ? `its newest version is ${newest.version} (${newest.level})`
      : "nothing was published under that name";
    return waiting(`${name} is not there as you need it: ${standing}. Call again to go on waiting.`);
  }
  const { path, sha256, stream, task } = found;
  const bytes = await readKept(coordination.artifactFolder, sha256);
  if (bytes === null)
    return refused(`The content of ${name} version ${found.version} is gone or damaged (${path} in the run's folder).`);
  const whole = bytes.toString("utf8");
  const content = whole.slice(0, MAX_SHOWN_CHARS);
  const cut = content.length < whole.length ? { cut: true, file: join(coordination.artifactFolder, sha256) } : {};
  const by = task === null ? `stream ${stream}` : `task ${task}`;
  return done(`${name}, version ${found.version} (${found.level}), by ${by}.`, {
    name,
    version: found.version,
    level: found.level,
    ...cut,
    content,
  });
}

async function listArtifacts(coordination: Coordination): Promise<ToolAnswer> {
  const list = Object.entries(coordination.artifacts?.versions ?? {}).flatMap(([name, versions]) => {
    const newest = versions.at(-1);
    return newest
      ? [{ name, version: newest.version, level: newest.level, task: newest.task, bytes: newest.bytes }]
      : [];
  });
  const text = list.length === 0 ? "Nothing has been published yet." : `${list.length} published.`;
  return done(text, { artifacts: list.slice(0, MAX_LISTED) });
}
