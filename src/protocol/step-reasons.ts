/** Why a task or its agent ends where a person stepped in. */

/** Why an agent is stopped whose task a person paused. */
export const PAUSED = "a person paused it";
/** Why an agent is stopped whose task a person takes over. */
export const TAKEN_OVER = "a person takes it over";
/** Why a task ends that a person stopped, or did not want done. */
export const STOPPED = "a person stopped it";
/** See STOPPED. */
export const SKIPPED = "a person skipped it";
