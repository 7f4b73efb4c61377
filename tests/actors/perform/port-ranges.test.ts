/** Ranges of ports: no two living worktrees share one, no server of this machine is in one, what is given back is used again. */
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { PortRanges } from "../../../src/actors/perform/port-ranges.ts";

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

function listen(port: number, host: string): Promise<void> {
  const server = createServer();
  servers.push(server);
  return new Promise((done, fail) => server.once("error", fail).listen(port, host, done));
}

const take = async (ranges: PortRanges, count: number): Promise<number[]> => {
  const taken: number[] = [];
  for (let at = 0; at < count; at++) taken.push(await ranges.take());
  return taken;
};

describe("ranges of ports", () => {
  it("are ten ports each, the next free one first; what is given back is used again", async () => {
    const [first = 0, second = 0] = await take(new PortRanges("a"), 2);
    const ranges = new PortRanges("a");
    ranges.keep(second);
    const [one = 0, two = 0, three = 0] = await take(ranges, 3);
    expect(one).toBe(first);
    expect([one, two, three].every((port) => port % 10 === 0)).toBe(true);
    expect(new Set([one, two, three, second]).size).toBe(4);
    ranges.giveBack(two);
    expect(await ranges.take()).toBe(two);
  });

  it("begin elsewhere for each run", async () => {
    const runs = Array.from({ length: 20 }, (_, at) => new PortRanges(`run ${at}`));
    const firsts = await Promise.all(runs.map((ranges) => ranges.take()));
    expect(new Set(firsts).size).toBeGreaterThan(15);
  });

  it.each(["127.0.0.1", "0.0.0.0"])("leave out one in which somebody listens at %s", async (host) => {
    const [first = 0, second = 0] = await take(new PortRanges("b"), 2);
    await listen(first + 7, host);
    const ranges = new PortRanges("b");
    expect(await ranges.take()).toBe(second);
    await new Promise((done) => servers.pop()?.close(done));
    expect(await ranges.take()).toBe(first);
  });

  it("are different also when several are asked for at once, and lie where systems give out none", async () => {
    const ranges = new PortRanges("c");
    const taken = await Promise.all(Array.from({ length: 50 }, () => ranges.take()));
    expect(new Set(taken).size).toBe(50);
    expect(Math.min(...taken)).toBeGreaterThan(1_024);
    expect(Math.max(...taken) + 9).toBeLessThan(32_768);
  });

  it("are shared when there are no more", async () => {
    const ranges = new PortRanges("d");
    const first = await ranges.take();
    for (let port = 20_000; port < 32_000; port += 10) ranges.keep(port);
    expect(await ranges.take()).toBe(first);
  });

  it("stay those of a name", async () => {
    const ranges = new PortRanges("e");
    expect(await Promise.all([ranges.of("@merge"), ranges.of("@merge")])).toEqual(
      expect.arrayContaining([await ranges.of("@merge")]),
    );
    expect(await ranges.of("@ship")).not.toBe(await ranges.of("@merge"));
  });
});
