/**
 * Watches sources and tells which files may have changed; whoever listens reads them and compares hashes, since what
 * the program writes itself is told, too. chokidar's event names stay in this file.
 */
import { relative } from "node:path";
import { watch } from "chokidar";
import type { Source } from "./sources.ts";
import { isHidden } from "./walk.ts";

export interface SourceChange {
  /** Which of the sources watched. */
  source: number;
  /** Relative to the source, with `/`; the file may be gone. */
  path: string;
}

export interface SourceWatcher {
  /** Ends watching; nothing is told afterwards. */
  close(): Promise<void>;
}

const settleMs = 100;

/** Watches until closed; resolves once everything is being watched. */
export async function watchSources(
  sources: readonly Source[],
  onChanged: (changes: SourceChange[]) => void,
): Promise<SourceWatcher> {
  const pending = new Map<string, SourceChange>();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    timer = undefined;
    const changes = [...pending.values()];
    pending.clear();
    onChanged(changes);
  };
  const watchers = await Promise.all(
    sources.map(
      ({ dir }, source) =>
        new Promise<ReturnType<typeof watch>>((ready) => {
          const watcher = watch(dir, {
            ignoreInitial: true,
            followSymlinks: false,
            atomic: false,
            ignored: (path) => relative(dir, path).split("/").some(isHidden),
          });
          const note = (file: string) => {
            const path = relative(dir, file);
            pending.set(`${source}/${path}`, { source, path });
            timer ??= setTimeout(flush, settleMs);
          };
          watcher.on("add", note).on("change", note).on("unlink", note);
          watcher.on("error", () => undefined);
          watcher.once("ready", () => ready(watcher));
        }),
    ),
  );
  return {
    async close() {
      clearTimeout(timer);
      await Promise.all(watchers.map((watcher) => watcher.close()));
    },
  };
}
