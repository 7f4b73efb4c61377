/**
 * The store of the screen: takes messages, performs commands, draws. It bounds the work: however fast the run changes,
 * the model takes changes and is drawn ten times a second at most (keys are answered sooner); a model that did not
 * change is not drawn at all.
 */

import { messageOf } from "../errors.ts";
import type { RunClient } from "../protocol/client.ts";
import type { CommandAnswer, RunCommand } from "../protocol/commands.ts";
import type { Command, LeaveAction, Model, Msg } from "./model.ts";
import { linesOf } from "./output-lines.ts";
import { update } from "./update.ts";

/** What the loop needs from outside. */
export interface LoopPorts {
  client: RunClient;
  now(): number;
  draw(model: Model): void;
  leave(action: LeaveAction): void;
  suspend(): void;
  redraw(): void;
  crashed(error: unknown): void;
}

export interface Loop {
  dispatch(msg: Msg): void;
  model(): Model;
  /** Stops all timers and subscriptions; nothing is drawn afterwards. */
  stop(): void;
}

const CHANGE_MS = 100;
const KEY_MS = 33;
/** How often a growing output is looked at; clocks are drawn once a second whatever this is. */
const TICK_MS = 400;

/** Starts with a model and runs until stopped. */
export function startLoop(first: Model, ports: LoopPorts): Loop {
  const { client } = ports;
  let model = first;
  let drawn: Model | null = null;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let hasNews = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;
  let timerDue = 0;
  const readTask = makeOutputReader(ports, dispatch, () => model.hasColour);

  function dispatch(msg: Msg): void {
    if (isStopped) return;
    const [next, commands] = update(model, msg);
    model = next;
    for (const command of commands) perform(command);
    if (model !== drawn) schedule(msg.type === "ticked" || msg.type === "outputRead" ? CHANGE_MS : KEY_MS);
  }

  function schedule(gapMs: number): void {
    if (isStopped) return;
    const due = Math.max(drawnAt + gapMs, performance.now());
    if (timer !== null && timerDue <= due) return;
    if (timer !== null) clearTimeout(timer);
    timerDue = due;
    timer = setTimeout(flush, Math.max(0, due - performance.now()));
  }

  function flush(): void {
    timer = null;
    if (isStopped) return;
    try {
      if (hasNews) takeNews();
      if (isStopped || model === drawn) return;
      drawnAt = performance.now();
      drawn = model;
      ports.draw(model);
    } catch (error) {
      stop();
      ports.crashed(error);
    }
  }

  function takeNews(): void {
    hasNews = false;
    const changed: Msg = {
      type: "changed",
      status: client.status(),
      events: client.events().slice(),
      now: ports.now(),
    };
    const [next, commands] = update(model, changed);
    model = next;
    for (const command of commands) perform(command);
  }

  function perform(command: Command): void {
    switch (command.kind) {
      case "send":
        send(command.command);
        break;
      case "readOutput":
        readTask(command.task, command.maxBytes);
        break;
      case "leave":
        ports.leave(command.action);
        break;
      case "suspend":
        ports.suspend();
        break;
      case "redraw":
        drawn = null;
        ports.redraw();
        break;
    }
  }

  function send(command: RunCommand): void {
    client.send(command).then(
      (answer) => dispatch({ type: "answered", command, answer }),
      (error: unknown) => dispatch({ type: "answered", command, answer: refusalOf(error) }),
    );
  }

  const unsubscribe = client.subscribe(() => {
    hasNews = true;
    schedule(CHANGE_MS);
  });
  const ticker = setInterval(() => dispatch({ type: "ticked", now: ports.now() }), TICK_MS);
  hasNews = true;
  schedule(0);

  function stop(): void {
    isStopped = true;
    unsubscribe();
    clearInterval(ticker);
    if (timer !== null) clearTimeout(timer);
  }

  return { dispatch, model: () => model, stop };
}

function refusalOf(error: unknown): CommandAnswer {
  const hint = "look with pleach status whether the run is still alive";
  return { ok: false, code: "tui.sendFailed", message: messageOf(error), hint };
}

/**
 * Reads outputs one at a time: while one is read, only the newest wish is kept. Bytes that did not change since they
 * were last read are no message.
 */
function makeOutputReader(
  ports: LoopPorts,
  dispatch: (msg: Msg) => void,
  hasColour: () => boolean,
): (task: string, maxBytes: number) => void {
  let isReading = false;
  let wish: { task: string; maxBytes: number } | null = null;
  let last: { task: string; maxBytes: number; bytes: Buffer } | null = null;

  async function readWishes(): Promise<void> {
    isReading = true;
    while (wish !== null) {
      const { task, maxBytes } = wish;
      wish = null;
      const bytes = await ports.client.readOutput(task, maxBytes);
      if (last?.task === task && last.maxBytes === maxBytes && last.bytes.equals(bytes)) continue;
      last = { task, maxBytes, bytes };
      const lines = linesOf(bytes, { colour: hasColour(), isCut: bytes.length >= maxBytes });
      dispatch({ type: "outputRead", task, lines });
    }
    isReading = false;
  }

  return (task, maxBytes) => {
    wish = { task, maxBytes };
    if (isReading) return;
    readWishes().catch((error: unknown) => {
      isReading = false;
      dispatch({
        type: "outputRead",
        task,
        lines: [`the output cannot be read: ${messageOf(error).replaceAll("\n", " ")}`],
      });
    });
  };
}
