/** Texts for agents while they work: who works listens, who has something to say sends. Nothing is kept. */

type Deliver = (text: string) => void;

/** The listening agents of one run, by task. */
export class Messages {
  readonly #listeners = new Map<string, Set<Deliver>>();

  /** Calls back with each text for this task; returns how to stop. */
  listen(task: string, deliver: Deliver): () => void {
    const listeners = this.#listeners.get(task) ?? new Set();
    this.#listeners.set(task, listeners.add(deliver));
    return () => listeners.delete(deliver);
  }

  /** Whether somebody listens for this task. */
  isListening(task: string): boolean {
    return (this.#listeners.get(task)?.size ?? 0) > 0;
  }

  /** Gives a text to the agents that work on this task; says whether any was listening. */
  send(task: string, text: string): boolean {
    const listeners = this.#listeners.get(task) ?? new Set();
    for (const deliver of listeners) deliver(text);
    return listeners.size > 0;
  }
}
