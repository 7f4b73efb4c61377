/** Text that is equal for equal values, whatever they are: how two states of a machine are known to be the same. */

/** Keys of objects in alphabetical order; what JSON lacks (dates, maps, functions, cycles) gets a text of its own. */
export function describeValue(value: unknown, above: readonly object[] = []): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `<function ${value.name}>`;
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? `${value}n` : String(value);
  if (above.includes(value)) return "<cycle>";
  const within = [...above, value];
  if (Array.isArray(value)) return `[${value.map((item) => describeValue(item, within)).join()}]`;
  if (value instanceof Date) return `<date ${value.getTime()}>`;
  if (value instanceof Map || value instanceof Set) {
    return `<${value.constructor.name} ${[...value].map((item) => describeValue(item, within)).join()}>`;
  }
  if (value instanceof Error) return `<${value.name} ${JSON.stringify(value.message)}>`;
  const members = value as Record<string, unknown>;
  const keys = Object.keys(members).filter((key) => members[key] !== undefined);
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${describeValue(members[key], within)}`)
    .join()}}`;
}

/** A copy as it comes out of the log; undefined for what JSON has no text for. Throws for cycles and bigints. */
export function jsonCopy(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : JSON.parse(text);
}
