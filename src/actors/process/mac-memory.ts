/** What `memory_pressure -Q` and `vm_stat` of macOS print, as memory that is left. Pure; null for what they do not print. */
import type { MemoryRoom } from "../../protocol/machine-room.ts";

/** The share that the system itself calls free. */
export function parseMemoryPressure(text: string, totalBytes: number): MemoryRoom | null {
  const percent = Number(/^System-wide memory free percentage:\s*(\d{1,3})%/m.exec(text)?.[1]);
  if (!(percent >= 0 && percent <= 100) || !(totalBytes > 0)) return null;
  return { availableBytes: Math.round((totalBytes * percent) / 100), totalBytes };
}

/**
 * Pages that are free or were read ahead, and of the inactive ones as many as files stand behind: those are dropped, the others
 * would have to be packed first.
 */
export function parseVmStat(text: string, totalBytes: number): MemoryRoom | null {
  const pageBytes = Number(/page size of (\d{1,9}) bytes/.exec(text)?.[1]);
  const pages = (name: string): number => {
    const line = text.split("\n").find((each) => each.startsWith(`${name}:`));
    return line === undefined
      ? Number.NaN
      : Number(
          line
            .slice(name.length + 1)
            .trim()
            .replace(/\.$/, "") || Number.NaN,
        );
  };
  const [free, inactive] = [pages("Pages free"), pages("Pages inactive")];
  const [ahead, ofFiles] = [pages("Pages speculative"), pages("File-backed pages")];
  if (!(pageBytes > 0) || !(free >= 0) || !(inactive >= 0) || !(totalBytes > 0)) return null;
  const droppable = Math.min(inactive, ofFiles >= 0 ? ofFiles : inactive);
  const available = (free + Math.max(ahead, 0) + droppable) * pageBytes;
  return { availableBytes: Math.min(totalBytes, available), totalBytes };
}
