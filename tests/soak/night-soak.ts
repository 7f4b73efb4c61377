/** The campaign of `npm run soak -- --overnight`. */
import { carryOutCampaign } from "./campaign.ts";
import { liveNight } from "./night.ts";

await carryOutCampaign(
  {
    flag: "--overnight",
    live: (place, seed, isSmall) => liveNight(place, seed, isSmall ? 8 : 24),
    figures: {
      steps: ({ steps }) => steps.length,
      tasks: ({ tasks }) => tasks,
      merged: ({ merged }) => merged,
      kills: ({ kills }) => kills,
      walls: ({ walls }) => walls,
      fullDisks: ({ fullDisks }) => fullDisks,
      typed: ({ stepsTaken }) => stepsTaken,
      excused: ({ excused }) => excused,
      notices: ({ notices }) => notices,
      doubled: ({ doubled }) => doubled,
    },
  },
  JSON.parse(process.argv[2] ?? "{}"),
);
