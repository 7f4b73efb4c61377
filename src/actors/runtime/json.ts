/** Finds what JSON cannot carry: a context or an event that would not be the same after it went through the log. */

/** The path of the first thing in `value` that is not JSON (`.a[0]`), or null. Undefined members count as absent. */
export function findNonJson(value: unknown, path = "", above: readonly unknown[] = []): string | null {
  if (value === null || typeof value === "string" || typeof value === "boolean") return null;
  if (typeof value === "number") return Number.isFinite(value) ? null : `${path} (${value})`;
  if (typeof value !== "object") return `${path} (a ${typeof value})`;
  if (above.includes(value)) return `${path} (a cycle)`;
  if (!Array.isArray(value) && !isPlain(value)) return `${path} (a ${value.constructor?.name ?? "strange object"})`;
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined && !Array.isArray(value)) continue;
    const found = findNonJson(member, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, [...above, value]);
    if (found !== null) return found;
  }
  return null;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === null || prototype === Object.prototype;
}
