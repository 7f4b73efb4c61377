/**
 * Who is restarted when a child ends, as in Erlang/OTP's `supervisor` (https://www.erlang.org/doc/man/supervisor):
 * strategies, restart kinds, and the intensity (at most `max` restarts in `periodMs`). Pure decisions.
 */

export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one";
export type RestartKind = "permanent" | "transient" | "temporary";

export interface Intensity {
  /** Restarts that are allowed within `periodMs`; one more is too many. */
  max: number;
  periodMs: number;
}

/** Whether a child of this kind is started again after it crashed or ended by itself. */
export function isRestarted(kind: RestartKind, end: "crashed" | "done"): boolean {
  return kind === "permanent" || (kind === "transient" && end === "crashed");
}

/** Ids that are stopped and started again when `child` is, in start order; `child` is among them. */
export function restartGroup(strategy: Strategy, children: readonly string[], child: string): string[] {
  if (strategy === "one_for_all") return [...children];
  if (strategy === "rest_for_one") return children.slice(children.indexOf(child));
  return [child];
}

/**
 * Counts one more restart at `at` (ms). `allowed` is false when the window already holds `max`; `times` are the
 * restarts still in the window, this one included when it is allowed.
 */
export function countRestart(
  times: readonly number[],
  at: number,
  { max, periodMs }: Intensity,
): { allowed: boolean; times: number[] } {
  const recent = times.filter((time) => at - time < periodMs);
  if (recent.length >= max) return { allowed: false, times: recent };
  return { allowed: true, times: [...recent, at] };
}
