/** The effects of a run that are open: asked for, and neither answered nor withdrawn (RULE-6), known by id and by actor. */
import type { WithdrawParams } from "./internal-effects.ts";

export interface OpenEffect {
  readonly id: string;
  readonly actor: string;
  readonly name: string;
  readonly params: unknown;
  /** Sequence number of the record that asked for it. */
  readonly seq: number;
}

export class OpenEffects {
  /** In the order asked for. */
  readonly #all = new Map<string, OpenEffect>();
  /** In the order asked for; an actor that has none is not kept, since most of a run's actors are over. */
  readonly #ofActor = new Map<string, OpenEffect[]>();

  get(id: string): OpenEffect | undefined {
    return this.#all.get(id);
  }

  has(id: string): boolean {
    return this.#all.has(id);
  }

  /** All of them, in the order asked for. */
  values(): IterableIterator<OpenEffect> {
    return this.#all.values();
  }

  /** Those of one actor, in the order asked for. */
  of(actor: string): OpenEffect[] {
    return [...(this.#ofActor.get(actor) ?? [])];
  }

  add(effect: OpenEffect): void {
    this.#all.set(effect.id, effect);
    const mine = this.#ofActor.get(effect.actor);
    if (mine) mine.push(effect);
    else this.#ofActor.set(effect.actor, [effect]);
  }

  close(id: string): void {
    const effect = this.#all.get(id);
    if (effect === undefined) return;
    this.#all.delete(id);
    const mine = this.#ofActor.get(effect.actor) ?? [];
    if (mine.length === 1) this.#ofActor.delete(effect.actor);
    else mine.splice(mine.indexOf(effect), 1);
  }

  /** Closes an actor's effects of a name, where the parameters fit, and returns them. */
  withdraw(actor: string, { name, where }: WithdrawParams): OpenEffect[] {
    const matches = this.of(actor).filter((effect) => {
      const params = effect.params as Record<string, unknown>;
      return effect.name === name && Object.entries(where ?? {}).every(([key, value]) => params[key] === value);
    });
    for (const effect of matches) this.close(effect.id);
    return matches;
  }
}
