/** Why a change is outside of what a task may change. */

/** Why a task may not change files: its scope, what pleach goes by, or a link that leads out of the repository. */
export const OUTSIDE_REASONS = ["scope", "configuration", "link"] as const;
export type OutsideReason = (typeof OUTSIDE_REASONS)[number];
