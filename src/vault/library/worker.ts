/** The thread that a library lives in: answers what the other side of its port asks (see thread-port.ts). */
import { parentPort } from "node:worker_threads";
import { createLibrary } from "./library.ts";
import type { QuestionName, Questions } from "./model.ts";
import { type FromLibrary, ITEMS_A_PART, type ToLibrary, toCrossing } from "./port.ts";

const port = parentPort;
if (port === null) throw new Error("the library's thread was started as a program");

const tell = (message: FromLibrary) => port.postMessage(message);
const library = createLibrary((changes) => tell({ kind: "event", event: { kind: "changed", changes } }));
const asked = new Map<number, AbortController>();
/** What is left of long answers. */
const rest = new Map<number, unknown[]>();

port.on("message", (message: ToLibrary) => {
  if (message.kind === "cancel") {
    asked.get(message.id)?.abort();
    rest.delete(message.id);
  } else if (message.kind === "more") send(message.id, rest.get(message.id) ?? []);
  else void answer(message.id, message.name, message.args);
});

async function answer<Name extends QuestionName>(id: number, name: Name, args: Questions[Name]["args"]): Promise<void> {
  const control = new AbortController();
  asked.set(id, control);
  try {
    send(id, await library.ask(name, args, control.signal));
  } catch (thrown) {
    tell({ kind: "failed", id, error: toCrossing(thrown) });
  } finally {
    asked.delete(id);
  }
  if (name === "close") port?.close();
}

function send(id: number, value: unknown): void {
  if (Array.isArray(value) && value.length > ITEMS_A_PART) {
    rest.set(id, value.slice(ITEMS_A_PART));
    tell({ kind: "part", id, items: value.slice(0, ITEMS_A_PART) });
    return;
  }
  rest.delete(id);
  tell({ kind: "answer", id, value });
}
