/** Verdicts for as long as this program runs. */
import { digestKey, groundOf, groundsFor, newestOf, type Verdict, type VerdictStore } from "./verdict-store.ts";

/** Opens an empty store. */
export function memoryVerdicts(): VerdictStore {
  const kept = new Map<string, Verdict>();
  return {
    async find(key, stage) {
      const digest = digestKey(key);
      return newestOf(groundsFor(stage).map((ground) => kept.get(`${digest}.${ground}`) ?? null));
    },
    async keep(key, verdict) {
      kept.set(`${digestKey(key)}.${groundOf(verdict.stage)}`, { ...verdict });
    },
  };
}
