/** Texts for agents at work: heard by those that listen, kept for nobody. */
import { expect, it } from "vitest";
import { Messages } from "../../../src/actors/perform/messages.ts";

it("reach everybody who works on the task and listens, until they stop listening", () => {
  const messages = new Messages();
  const heard: string[] = [];
  expect(messages.send("t", "too early")).toBe(false);
  const stop = messages.listen("t", (text) => heard.push(`worker: ${text}`));
  const stopReviewer = messages.listen("t", (text) => heard.push(`reviewer: ${text}`));
  messages.listen("other", (text) => heard.push(`other: ${text}`));
  expect(messages.send("t", "hello")).toBe(true);
  stop();
  expect(messages.send("t", "again")).toBe(true);
  stopReviewer();
  expect(messages.send("t", "too late")).toBe(false);
  expect(heard).toEqual(["worker: hello", "reviewer: hello", "reviewer: again"]);
});
