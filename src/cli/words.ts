/** Small pieces of text that several outputs share. Everything that comes from a run is sanitised here. */
import { sanitizeLine } from "../actors/process/index.ts";

/** `1h 02m`, `2m 10s`, `42s`, `4.2s`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** Any value as one safe line. */
export const line = (value: unknown): string => sanitizeLine(String(value ?? ""));

/** The first few of a list, and how many there are. */
export function fewOf(value: unknown, most = 4): string {
  const items = Array.isArray(value) ? value : [];
  return `${items.slice(0, most).map(line).join(", ")}${items.length > most ? `, … (${items.length})` : ""}`;
}

/** An ISO time as a person reads it, to the second, in UTC. */
export function shortTime(iso: string | null): string {
  return iso === null ? "" : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}
