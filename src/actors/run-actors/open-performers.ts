/** From the performers of a run, each with the types of its effect, to what the runtime calls by name. */
import type { PerformedEffect, Performers } from "../../protocol/effects.ts";
import type { OpenPerformers } from "../runtime/ports.ts";

/**
 * The same performers for the runtime, which knows neither names nor parameters of effects. It gives back to each what a
 * machine has asked that effect with, and a machine can ask with nothing else than the effect's own parameters.
 */
export function openPerformers(performers: Partial<Performers<PerformedEffect>>): OpenPerformers {
  return performers as OpenPerformers;
}
