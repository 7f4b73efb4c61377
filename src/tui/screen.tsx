/** Wires the screen together: terminal, keys, loop, Ink and the guard. Loaded only when a screen is really shown. */
import type { ReadStream, WriteStream } from "node:tty";
import type { RunClient } from "../protocol/client.ts";
import { guardProcess } from "./guard.ts";
import { startInk } from "./ink-frames.ts";
import { intentOf } from "./keymap.ts";
import { startLoop } from "./loop.ts";
import { createModel, type LeaveAction } from "./model.ts";
import { contextOf } from "./selectors.ts";
import { Terminal } from "./terminal.ts";
import { App } from "./views/app.tsx";

export { writeCrashFile } from "./guard.ts";

interface ScreenPorts {
  stdin: ReadStream;
  stdout: WriteStream;
  hasColour: boolean;
  now(): number;
}

/** Shows the run and resolves with how it was left; rejects with what crashed. The terminal is restored before. */
export function runScreen(client: RunClient, ports: ScreenPorts): Promise<LeaveAction> {
  return new Promise((resolve, reject) => {
    const ink = startInk();
    const terminal = new Terminal(ports.stdin, ports.stdout, {
      onKey(key) {
        const intent = intentOf(key, contextOf(loop.model()));
        if (intent !== null) loop.dispatch(intent);
      },
      onResize: (size) => loop.dispatch({ type: "resized", size }),
      onGone: () => finish(() => resolve("detached")),
    });
    const first = createModel({
      status: client.status(),
      events: client.events().slice(),
      size: terminal.size,
      hasColour: ports.hasColour,
      now: ports.now(),
    });
    const guard = guardProcess({
      restore: () => terminal.restore(),
      reenter() {
        terminal.enter();
        loop.dispatch({ type: "resized", size: terminal.size });
      },
      interrupt: () => loop.dispatch({ type: "quit", isForced: true }),
      gone: () => finish(() => resolve("detached")),
      crashed: (error) => finish(() => reject(error)),
    });
    terminal.enter();
    const loop = startLoop(first, {
      client,
      now: ports.now,
      draw: (model) => terminal.show(ink.draw(<App model={model} />, model.size), model.size),
      leave: (action) => finish(() => resolve(action)),
      suspend: () => guard.suspend(),
      redraw: () => terminal.forget(),
      crashed: (error) => finish(() => reject(error)),
    });

    let isFinished = false;
    function finish(settle: () => void): void {
      if (isFinished) return;
      isFinished = true;
      loop.stop();
      terminal.restore();
      guard.release();
      ink.stop();
      settle();
    }
  });
}
