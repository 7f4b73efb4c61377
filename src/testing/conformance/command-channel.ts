/** What every CommandChannel must do (CHANNEL-1 to CHANNEL-3), whatever it goes over. */
import type { CommandChannel } from "../../actors/control/command-channel.ts";
import { PleachError } from "../../errors.ts";
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import { type ConformanceCase, demandEqual, demandFields, demandRejection, toCases } from "./conformance-case.ts";

/** The channel of a new run: each call opens it as another process would. */
export interface TestedChannel {
  open(): CommandChannel;
}

/** The suite; `create` makes a channel for each case. */
export function listCommandChannelCases(create: () => TestedChannel | Promise<TestedChannel>): ConformanceCase[] {
  return toCases(cases, create);
}

const cancel: RunCommand = { command: "cancel" };
const tell = (text: string): RunCommand => ({ command: "tell", task: "a", text });
const done = async (): Promise<CommandAnswer> => ({ ok: true, message: "done" });
/** A command of a size that a published artifact may have. */
const LONG = "\u00e4\n".repeat(100_000);

const cases: Record<string, (test: TestedChannel) => Promise<void>> = {
  "answers null where nobody serves": async (test) => {
    const channel = test.open();
    const address = channel.addressOf(1);
    demandEqual(await channel.send(address, cancel), null, "the answer");
    demandEqual(await channel.isServed(address), false, "whether somebody serves");
    await channel.discard(address);
  },

  "takes a command to whoever serves at its address, and brings the answer back": async (test) => {
    const host = test.open();
    const address = host.addressOf(1);
    const heard: RunCommand[] = [];
    const server = await host.serve(address, async (command) => {
      heard.push(command);
      return { ok: true, message: "done", data: { text: LONG } };
    });
    const sender = test.open();
    demandEqual(sender.addressOf(1), address, "the address, as others know it");
    demandEqual(await sender.isServed(address), true, "whether somebody serves");
    const answer = await sender.send(address, tell(LONG));
    demandEqual(answer, { ok: true, message: "done", data: { text: LONG } }, "the answer");
    demandEqual(heard, [tell(LONG)], "what was heard");
    await server.close();
    demandEqual(await sender.isServed(address), false, "whether somebody serves after closing");
    demandEqual(await sender.send(address, cancel), null, "the answer after closing");
    demandEqual(heard.length, 1, "how much was heard");
  },

  "brings each of several commands its own answer, in whatever order they come": async (test) => {
    const host = test.open();
    const address = host.addressOf(1);
    const ready = createSignal();
    const server = await host.serve(address, async (command) => {
      const { text } = command as { text: string };
      if (text === "0") await ready.given;
      return { ok: true, message: text };
    });
    const sender = test.open();
    const first = sender.send(address, tell("0"));
    const others = await Promise.all(["1", "2", "3"].map((text) => sender.send(address, tell(text))));
    ready.give();
    const messages = [await first, ...others].map((answer) => answer?.message);
    demandEqual(messages, ["0", "1", "2", "3"], "the answers");
    await server.close();
  },

  "brings what a handler throws as a refusal": async (test) => {
    const host = test.open();
    const address = host.addressOf(1);
    const thrown = [new PleachError("run.over", "it is over", { hint: "look at it" }), new TypeError("no such field")];
    const server = await host.serve(address, async () => {
      throw thrown.shift();
    });
    const over = { ok: false, code: "run.over", message: "it is over", hint: "look at it" };
    demandEqual(await test.open().send(address, cancel), over, "an error with a code");
    const other = await test.open().send(address, cancel);
    demandFields(other, { ok: false, code: "usage.badCommand", message: /no such field/ }, "any other error");
    await server.close();
  },

  "lets an answer that is under way go out before serving ends": async (test) => {
    const host = test.open();
    const address = host.addressOf(1);
    const heard = createSignal();
    const ready = createSignal();
    const server = await host.serve(address, async () => {
      heard.give();
      await ready.given;
      return { ok: true, message: "at the last moment" };
    });
    const sent = test.open().send(address, cancel);
    await heard.given;
    const closed = server.close();
    ready.give();
    demandFields(await sent, { ok: true, message: "at the last moment" }, "the answer");
    await closed;
  },

  "tells who waits that no answer comes when a host ends without one": async (test) => {
    const host = test.open();
    const address = host.addressOf(1);
    const heard = createSignal();
    const server = await host.serve(address, () => {
      heard.give();
      return new Promise(() => undefined);
    });
    const sent = test.open().send(address, cancel);
    await Promise.all([
      demandRejection(sent, { code: "run.noAnswer" }, "a command that is never answered"),
      heard.given.then(() => server.close()),
    ]);
  },

  "keeps the hosts of different epochs apart": async (test) => {
    const host = test.open();
    const [first, second] = [host.addressOf(1), host.addressOf(2)];
    demandEqual(first === second, false, "one address for both");
    const server = await host.serve(second, done);
    demandEqual(await test.open().send(first, cancel), null, "the answer at the first address");
    demandFields(await test.open().send(second, cancel), { ok: true }, "the answer at the second");
    await test.open().discard(first);
    demandFields(await test.open().send(second, cancel), { ok: true }, "the answer once the first was taken away");
    await server.close();
  },
};

/** Something that is waited for. */
function createSignal(): { given: Promise<void>; give: () => void } {
  let give!: () => void;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
