/** Goal (b): events a second through the whole runtime, written and replayed. */
import { openRun, replay } from "../src/index.ts";
import { streams } from "./shared/counter.ts";
import { median, printFigure, printTitle } from "./shared/figures.ts";
import { withScratch } from "./shared/scratch.ts";

const PRODUCERS = 64;
const EVENTS = 64_000;
const REPEATS = 3;

/** Seconds of writing and of replaying the same events. */
async function measure(dir: string): Promise<{ writing: number; replaying: number }> {
  const run = await openRun({ dir, streams });
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: PRODUCERS }, async () => {
      for (let sent = 0; sent < EVENTS / PRODUCERS; sent++)
        await run.send("counter", { type: "count.added", amount: 1 });
    }),
  );
  const writing = (performance.now() - startedAt) / 1000;
  const { count } = run.state("counter").context as { count: number };
  await run.close();
  if (count !== EVENTS) throw new Error(`${count} events were counted of ${EVENTS}`);
  const replayedAt = performance.now();
  const report = await replay({ dir, streams });
  const replaying = (performance.now() - replayedAt) / 1000;
  if (!report.verified) throw new Error("the replay differs from what happened");
  return { writing, replaying };
}

printTitle(
  `(b) ${EVENTS.toLocaleString("en-US")} events of a counting machine through the library's openRun and replay`,
  `${PRODUCERS} producers; each awaits that its event is on the disk (fdatasync, in groups) before it sends the next.`,
  "Replayed: read, crc checked, folded through the machine, effects compared, states hashed.",
  `Medians of ${REPEATS} in one process.`,
);
const times = [];
for (let repeat = 0; repeat < REPEATS; repeat++) times.push(await withScratch(measure));
const rate = (seconds: number[]): number => EVENTS / median(seconds);
printFigure("durable events", rate(times.map(({ writing }) => writing)), { unit: "/s", goal: { atLeast: 35_000 } });
printFigure("replayed events", rate(times.map(({ replaying }) => replaying)), {
  unit: "/s",
  goal: { atLeast: 150_000 },
});
