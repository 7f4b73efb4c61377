/** Rows of the table of facts that are about gates. */
import type { FactData } from "./fact-data.ts";
import {
  explainGates,
  gateTone,
  isGreen,
  logsOfGates,
  warnOfGates,
  wordBaseline,
  wordExcused,
  wordGates,
  wordReused,
} from "./gate-words.ts";
import type { Machinery, Wording } from "./wording.ts";
import { duration } from "./words.ts";

type GateFact =
  | "gate.started"
  | "gate.ended"
  | "gates.finished"
  | "base.gated"
  | "gate.baseline"
  | "tip.gated"
  | "gate.excused"
  | "verdict.reused";

/** See `FACTS`. */
export const GATE_FACTS: { readonly [Type in GateFact]: Wording<FactData[Type]> | Machinery } = {
  "gate.started": { audience: "watcher", tone: () => "busy", words: ({ gate }) => `gate ${gate} is run` },
  "gate.ended": {
    audience: "watcher",
    tone: ({ status }) => (status === "passed" ? "good" : status === "skipped" ? "plain" : "bad"),
    words: ({ gate, status, durationMs }) => `gate ${gate} ${status} after ${duration(durationMs)}`,
  },
  "gates.finished": {
    audience: "person",
    tone: gateTone,
    words: ({ results }) => `gates: ${wordGates(results)}`,
    details: explainGates,
    logs: logsOfGates,
    warning: warnOfGates,
  },
  "base.gated": { audience: "machinery" },
  "gate.baseline": {
    audience: ({ verdict }) => (verdict === "passed" || verdict === "skipped" ? "watcher" : "person"),
    tone: ({ verdict }) => (verdict === "passed" ? "good" : verdict === "skipped" ? "plain" : "bad"),
    words: wordBaseline,
    details: ({ evidence }) => evidence,
    logs: ({ verdict, report }) => (report === null || verdict === "passed" ? [] : [report]),
    warning: (data) => (data.verdict === "passed" || data.verdict === "skipped" ? null : wordBaseline(data)),
  },
  "tip.gated": {
    audience: ({ results }) => (isGreen(results) ? "watcher" : "person"),
    tone: gateTone,
    words: ({ results }) => `gates on the merged tree: ${wordGates(results)}`,
    // Whoever is found to be the culprit is told why.
    logs: logsOfGates,
    warning: warnOfGates,
  },
  "gate.excused": { audience: "person", tone: () => "warn", words: wordExcused, warning: wordExcused },
  "verdict.reused": { audience: "watcher", tone: () => "plain", words: wordReused },
};
