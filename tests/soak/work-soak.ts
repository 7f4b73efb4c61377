/** The campaign of `npm run soak -- --work`. */
import { carryOutCampaign } from "./campaign.ts";
import { runWorkHistory } from "./work-history.ts";

await carryOutCampaign(
  {
    flag: "--work",
    live: (place, seed, isSmall) => runWorkHistory(place, seed, isSmall ? 6 : 10),
    figures: {
      steps: ({ steps }) => steps.length,
      commits: ({ commits }) => commits,
      kills: ({ kills }) => kills,
      fullDisks: ({ full }) => full,
    },
  },
  JSON.parse(process.argv[2] ?? "{}"),
);
