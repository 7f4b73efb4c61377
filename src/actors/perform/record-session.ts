/** Records the session of an agent: listens between it and the runtime, and takes its changes before they are committed. */
import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Variables } from "../../plan/model.ts";
import { mergeVariables } from "../../plan/variables.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import {
  type AgentContext,
  type AgentOutcome,
  type AgentRequest,
  MAX_PATCH_BYTES,
  PATCH_SUFFIX,
  RECORDING_SUFFIX,
  Recorder,
} from "../agents/index.ts";
import { writePatch } from "../git/index.ts";
import { excludedPaths, type RunContext } from "./run-context.ts";

/** Tools that do something which a playback has to do again. */
const PLAYED_BACK: ReadonlySet<string> = new Set([
  "emit_event",
  "publish_artifact",
  "record_insight",
  "report_progress",
]);
/** A shorter value of a variable is a word, not a secret. */
const MIN_SECRET_CHARS = 8;

/** Begins the recording of a session; null when no file can be had for it. */
export async function openRecorder(
  run: RunContext,
  request: AgentRequest,
  token: string | null,
): Promise<Recorder | null> {
  const { task, attempt, stream, agent } = request;
  const path = besideTranscript(request, RECORDING_SUFFIX);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch {
    return null;
  }
  const startedAt = new Date().toISOString();
  const header = { v: 1, run: request.run, task, attempt, stream, agent: agent?.name ?? "", startedAt } as const;
  return new Recorder(path, header, [...(token === null ? [] : [token]), ...secretsOf(run.manifest.plan, request)]);
}

/** What the plan and pleach.yaml give the agent, by value or by name. */
function secretsOf(plan: Variables, { agent, env }: AgentRequest): string[] {
  const given = mergeVariables(plan, agent ?? {});
  const names = [...(given.pass ?? []), ...Object.keys(given.env ?? {})];
  return names.map((name) => env[name] ?? "").filter((value) => value.length >= MIN_SECRET_CHARS);
}

const besideTranscript = ({ transcript }: AgentRequest, suffix: string): string =>
  transcript.replace(/(?:\.log)?$/, suffix);

/** The same context, with the recorder listening. */
export function listenIn(context: AgentContext, recorder: Recorder): AgentContext {
  return {
    ...context,
    report(event) {
      recorder.report(event);
      context.report(event);
    },
    async waitFor(wanted) {
      const came = await context.waitFor(wanted);
      const { type, stream } = wanted;
      if (came) recorder.awaited(stream === undefined ? { type } : { type, stream });
      return came;
    },
  };
}

/** Notes a call of a tool that was carried out, as far as a playback has to do it again, or to wait for it. */
export function noteTool(recorder: Recorder, tool: string, args: unknown): void {
  if (PLAYED_BACK.has(tool)) recorder.tool(tool, args);
  else if (tool === "wait_for_event") {
    const { name: type, stream } = args as { name: string; stream?: string };
    recorder.awaited(stream === undefined ? { type } : { type, stream });
  }
}

interface Ended {
  request: AgentRequest;
  outcome: AgentOutcome;
  /** The commit that the worktree was cut from; null without isolation. */
  base: string | null;
  durationMs: number;
}

/** Ends the recording with what the worktree holds now. Never rejects. */
export async function finishRecording(run: RunContext, recorder: Recorder, ended: Ended): Promise<void> {
  const { request, outcome, base } = ended;
  const ok = outcome.kind === "exited" && outcome.ok;
  const taken = base === null ? NO_PATCH : await takePatch(run, request, base);
  const said = outcome.kind === "exited" ? (outcome.said ?? null) : null;
  const end = { ok, reason: outcome.reason, durationMs: Math.round(ended.durationMs), ...taken };
  await recorder.finish(said === null ? end : { ...end, said });
}

interface Taken {
  patch: string | null;
  problem: string | null;
}

const NO_PATCH: Taken = { patch: null, problem: null };

async function takePatch(run: RunContext, request: AgentRequest, base: string): Promise<Taken> {
  const file = besideTranscript(request, PATCH_SUFFIX);
  try {
    if (run.repo === null) return NO_PATCH;
    const work = { worktree: request.cwd, base, excluded: excludedPaths(run), file, maxBytes: MAX_PATCH_BYTES };
    const bytes = await writePatch(run.repo, work);
    if (bytes === "tooLarge") return { patch: null, problem: "its changes are larger than is kept" };
    if (bytes === 0) {
      await rm(file, { force: true });
      return NO_PATCH;
    }
    const read = await readUntrustedFile(file, { maxBytes: MAX_PATCH_BYTES });
    if (read.kind !== "read") return { patch: null, problem: "its changes could not be kept: the patch is gone" };
    return { patch: createHash("sha256").update(read.bytes).digest("hex"), problem: null };
  } catch (thrown) {
    return { patch: null, problem: `its changes could not be kept: ${messageOf(thrown)}` };
  }
}
