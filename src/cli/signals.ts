/** Signals that end this program. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Hears each of them, always or the first time only. Returns how to let go of them. */
export function hearSignals(how: "on" | "once", hear: (signal: string) => void): () => void {
  for (const signal of SIGNALS) process[how](signal, hear);
  return () => {
    for (const signal of SIGNALS) process.off(signal, hear);
  };
}
