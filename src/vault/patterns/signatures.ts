/** Signatures: 16 hexadecimal digits, equal for the same thing in any run. Pure. */
import { createHash } from "node:crypto";
import type { FailureFact } from "../facts/run-facts.ts";
import { type Signature, signatureOf } from "../text/signature.ts";
import { LEARNED_AS, PATTERN_KINDS } from "./kinds.ts";

type FailureToSign = Pick<FailureFact, "kind" | "by" | "text" | "files">;

/** A signature over what stays the same. */
export function signParts(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

/** What a task changes outside its scope is told apart by the files; all else by what it says. */
export function identifyFailure(failure: FailureToSign): { signature: string; said: Signature } {
  const said = signatureOf(failure);
  if (PATTERN_KINDS[LEARNED_AS[failure.kind]].comparedBy !== "files") return { signature: said.hash, said };
  return { signature: signParts(failure.kind, ...[...failure.files].sort()), said: { ...said, line: "" } };
}

/** The signature that a failure is learned under. */
export function signFailure(failure: FailureToSign): string {
  return identifyFailure(failure).signature;
}
