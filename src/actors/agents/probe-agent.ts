/**
 * Looks at an agent without giving it work: is its program there, which version, does it answer in its own protocol, is
 * it logged in. No model is asked, so that it costs nothing. What `pleach doctor` tells.
 *
 * PROBE-1 It is asked in an empty folder: a repository's settings may name programs that an agent starts when it is asked.
 * PROBE-2 Whatever it does, the answer is there in time, and nothing of it is left: one that hangs, floods or forks.
 */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentSpec } from "../../plan/model.ts";
import { type Executor, makeRedactor, Transcript } from "../process/index.ts";
import { converse, SessionTranscript } from "./conversation.ts";
import type { Ask, Probed } from "./probed.ts";
import { adapterOf } from "./registry.ts";

export interface ProbeOptions {
  executor: Executor;
  /** The whole environment that a worker of this agent would have. */
  env: Readonly<Record<string, string>>;
  /** For all that is asked. */
  timeoutMs: number;
}

/** Probes an agent. One whose kind has no program misses it. */
export async function probeAgent(spec: AgentSpec, { executor, env, timeoutMs }: ProbeOptions): Promise<Probed> {
  const { probe } = adapterOf(spec.kind);
  if (probe === null) {
    const reason = `agents of kind ${spec.kind} have no program`;
    return { kind: "missing", reason, hint: "there is nothing to look at before it starts" };
  }
  const folder = await mkdtemp(join(tmpdir(), "pleach-probe-"));
  try {
    const record = new SessionTranscript(await Transcript.open(join(folder, "t.log"), 64 * 1024), makeRedactor(env));
    // An identity of its own: what a program leaves behind is swept, and nothing of a run is.
    const identity = { run: `probe-${randomUUID()}`, task: "probe" };
    const signal = new AbortController().signal;
    const cwd = join(folder, "empty");
    await mkdir(cwd);
    const endMs = Date.now() + timeoutMs;
    const ask: Ask = ({ file, args, env: more = {} }, speak) =>
      converse(
        {
          ...{ executor, record, identity, signal, graceMs: 300, timeoutMs: Math.max(1, endMs - Date.now()) },
          ...{ command: { file, args }, cwd, env: { ...env, ...more } },
        },
        speak,
      );
    try {
      return await probe(spec, ask, { cwd });
    } finally {
      await record.transcript.finish();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
