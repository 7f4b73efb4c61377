/** A screen that is pressed keys on and told news, without a terminal. */
import { intentOf } from "../../src/tui/keymap.ts";
import { type Command, createModel, type Model } from "../../src/tui/model.ts";
import { contextOf, taskRows } from "../../src/tui/selectors.ts";
import { update } from "../../src/tui/update.ts";
import { type InventedRun, inventRun } from "./fixtures/invented-run.mjs";

type Options = Parameters<typeof inventRun>[0];

/** A screen without a terminal: a model, the run behind it, and the commands that it asked for. */
export class Desk {
  readonly run: InventedRun;
  model: Model;
  commands: Command[] = [];

  constructor(options: Options = {}, size = { columns: 120, rows: 40 }) {
    this.run = inventRun(options);
    const { client, startedAt } = this.run;
    this.model = createModel({
      status: client.status(),
      events: client.events(),
      size,
      hasColour: false,
      now: startedAt,
    });
    this.changed();
  }

  changed(now = this.run.startedAt): void {
    const { client } = this.run;
    this.send({ type: "changed", status: client.status(), events: client.events(), now });
  }

  send(msg: Parameters<typeof update>[1]): void {
    const [next, commands] = update(this.model, msg);
    this.model = next;
    this.commands = commands;
  }

  press(...keys: string[]): void {
    for (const key of keys) {
      const intent = intentOf(key, contextOf(this.model));
      if (intent !== null) this.send(intent);
    }
  }

  /** Ids of the tasks in the list, in order. */
  get order(): string[] {
    return taskRows(this.model.status, this.model.sort).flatMap((row) => (row.kind === "task" ? [row.task.id] : []));
  }
}
