/**
 * Looks at an agent without giving it work: is its program there, which version, does it answer in its own protocol, is
 * it logged in. No model is asked, so that it costs nothing. What `pleach doctor` tells.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
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
  cwd: string;
  /** For each thing that is asked. */
  timeoutMs: number;
}

/** Probes an agent. One whose kind has no program misses it. */
export async function probeAgent(spec: AgentSpec, { executor, env, cwd, timeoutMs }: ProbeOptions): Promise<Probed> {
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
    const ask: Ask = ({ file, args, env: more = {} }, speak) =>
      converse(
        {
          ...{ executor, record, identity, signal, timeoutMs, graceMs: 500 },
          ...{ command: { file, args }, cwd, env: { ...env, ...more } },
        },
        speak,
      );
    try {
      return await probe(spec, ask);
    } finally {
      await record.transcript.finish();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
