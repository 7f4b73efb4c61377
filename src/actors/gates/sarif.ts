/**
 * Reads SARIF 2.1.0 (OASIS), which linters and scanners write: the results that ask for something to be done. The text is
 * untrusted: a member of another type than it should have counts as absent.
 */
import { sanitizeLine } from "../../terminal-text/index.ts";
import type { Complaint } from "./places.ts";

export type SarifRead =
  /** `findings`: null when there are too many to compare; `analysed`: the files that it says were looked at, the first of them. */
  | { kind: "read"; count: number; findings: Complaint[] | null; analysed: string[] }
  | { kind: "malformed"; reason: string };

const MAX_FINDINGS = 20_000;
const MAX_ID_CHARS = 200;

/** Reads a report; never throws. */
export function readSarif(bytes: Buffer): SarifRead {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString("utf8").replace(/^\ufeff/, ""));
  } catch {
    return { kind: "malformed", reason: "it is not JSON" };
  }
  const runs = member(document, "runs");
  if (!Array.isArray(runs)) return { kind: "malformed", reason: "it holds no `runs`" };
  const results = runs.flatMap((run) => listOf(member(run, "results")));
  const findings = results.filter(isFinding);
  const places = findings.length > MAX_FINDINGS ? null : findings.map(placeOf);
  const artifacts = runs.flatMap((run) => listOf(member(run, "artifacts")));
  const analysed = artifacts.slice(0, MAX_FINDINGS).flatMap(listTarget);
  return { kind: "read", count: findings.length, findings: places, analysed };
}

/** SARIF 3.27.9, 3.27.10: what passed, or is only said, is no finding; nor what somebody has suppressed, or is gone. */
function isFinding(result: unknown): boolean {
  const kind = member(result, "kind") ?? "fail";
  const level = member(result, "level") ?? "warning";
  const suppressions = listOf(member(result, "suppressions"));
  const isSuppressed = suppressions.some((each) => (member(each, "status") ?? "accepted") === "accepted");
  return (
    kind === "fail" &&
    (level === "warning" || level === "error") &&
    !isSuppressed &&
    member(result, "baselineState") !== "absent"
  );
}

/** SARIF 3.24.6: of a file that says what it is to the tool, it is analysed only where it says so. */
function listTarget(artifact: unknown): string[] {
  const roles = listOf(member(artifact, "roles"));
  const uri = member(member(artifact, "location"), "uri");
  return typeof uri === "string" && (roles.length === 0 || roles.includes("analysisTarget")) ? [pathOf(uri)] : [];
}

function placeOf(result: unknown): Complaint {
  const physical = member(listOf(member(result, "locations"))[0], "physicalLocation");
  const uri = member(member(physical, "artifactLocation"), "uri");
  const line = member(member(physical, "region"), "startLine");
  const rule = member(result, "ruleId") ?? member(member(result, "rule"), "id");
  const text = member(member(result, "message"), "text");
  const what = typeof rule === "string" ? rule : typeof text === "string" ? text : "finding";
  return {
    what: sanitizeLine(what, MAX_ID_CHARS),
    path: typeof uri === "string" ? pathOf(uri) : "",
    line: typeof line === "number" && Number.isInteger(line) && line > 0 ? line : null,
  };
}

function pathOf(uri: string): string {
  try {
    return decodeURIComponent(uri.replace(/^file:\/\//, ""));
  } catch {
    return uri;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
