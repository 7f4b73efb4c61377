import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import { describeExecutor } from "./executor-conformance.ts";
import { startRemoteExecutor } from "./remote-executor.ts";
import { wrapExecutor } from "./wrapped-executor.ts";

const stop = async () => {};

describeExecutor("the executor of this machine", async () => ({ executor: localExecutor, stop }));

describeExecutor("one that wraps another, as a sandbox does,", async () => ({
  executor: wrapExecutor(localExecutor),
  stop,
}));

describeExecutor("one in another process, as a worker elsewhere is,", async () => {
  const remote = await startRemoteExecutor();
  return { executor: remote, stop: () => remote.stop() };
});
