/** Times of the log as other programs read them. */

/** ISO 8601 of milliseconds since the Unix epoch; null stays null. */
export const isoTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
