/** What systems print of memory and processors, as it is read: limits of control groups, and macOS. */
import { expect, it } from "vitest";
import { readGroupCores, readGroupMemory } from "../../../src/actors/process/control-group.ts";
import { parseMemoryPressure, parseVmStat } from "../../../src/actors/process/mac-memory.ts";

const GIB = 1024 ** 3;
const from =
  (files: Record<string, string>) =>
  async (path: string): Promise<string | null> =>
    files[path] ?? null;

it.each([
  ["no group", {}, null, null],
  [
    "a group without limits",
    { "/proc/self/cgroup": "0::/user.slice\n", "/sys/fs/cgroup/user.slice/memory.max": "max\n" },
    null,
    null,
  ],
  [
    "version 2, limited by a parent",
    {
      "/proc/self/cgroup": "0::/kube/pod/box\n",
      "/sys/fs/cgroup/kube/pod/box/memory.max": "max\n",
      "/sys/fs/cgroup/kube/pod/box/memory.current": "1000\n",
      "/sys/fs/cgroup/kube/pod/box/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/kube/pod/memory.max": `${2 * GIB}\n`,
      "/sys/fs/cgroup/kube/pod/memory.current": `${1.5 * GIB}\n`,
      "/sys/fs/cgroup/kube/pod/memory.stat": `anon 5\ninactive_file ${GIB}\nactive_file 3\n`,
      "/sys/fs/cgroup/kube/pod/cpu.max": "150000 100000\n",
    },
    { availableBytes: 1.5 * GIB, totalBytes: 2 * GIB },
    1.5,
  ],
  [
    "version 2, whose parent is fuller than it is itself",
    {
      "/proc/self/cgroup": "0::/all/own\n",
      "/sys/fs/cgroup/all/own/memory.max": `${4 * GIB}\n`,
      "/sys/fs/cgroup/all/own/memory.current": `${GIB}\n`,
      "/sys/fs/cgroup/all/own/cpu.max": "300000 100000\n",
      "/sys/fs/cgroup/all/memory.max": `${8 * GIB}\n`,
      "/sys/fs/cgroup/all/memory.current": `${7.5 * GIB}\n`,
      "/sys/fs/cgroup/all/cpu.max": "200000 100000\n",
    },
    { availableBytes: 0.5 * GIB, totalBytes: 8 * GIB },
    2,
  ],
  [
    "version 2, whose parents have more of one, and less of another",
    {
      "/proc/self/cgroup": "0::/all/own\n",
      "/sys/fs/cgroup/all/own/memory.max": `${GIB}\n`,
      "/sys/fs/cgroup/all/own/memory.current": `${GIB / 4}\n`,
      "/sys/fs/cgroup/all/own/cpu.max": "100000 100000\n",
      "/sys/fs/cgroup/all/memory.max": `${8 * GIB}\n`,
      "/sys/fs/cgroup/all/memory.current": `${6 * GIB}\n`,
      "/sys/fs/cgroup/all/cpu.max": "400000 100000\n",
    },
    { availableBytes: 0.75 * GIB, totalBytes: GIB },
    1,
  ],
  [
    "version 2, in a container that sees its own group as the root",
    {
      "/proc/self/cgroup": "0::/\n",
      "/sys/fs/cgroup/memory.max": `${GIB}\n`,
      "/sys/fs/cgroup/memory.current": `${GIB / 2}\n`,
      "/sys/fs/cgroup/cpu.max": "50000 100000\n",
    },
    { availableBytes: GIB / 2, totalBytes: GIB },
    0.5,
  ],
  [
    "version 1, whose path is not below what is mounted",
    {
      "/proc/self/cgroup": "5:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n1:name=systemd:/docker/abc\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${4 * GIB}\n`,
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": `${3 * GIB}\n`,
      "/sys/fs/cgroup/memory/memory.stat": `inactive_file 7\ntotal_inactive_file ${GIB}\n`,
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    },
    { availableBytes: 2 * GIB, totalBytes: 4 * GIB },
    3,
  ],
  [
    "version 1 without a limit",
    {
      "/proc/self/cgroup": "3:cpu:/\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    },
    null,
    null,
  ],
  [
    "a path that leads out",
    { "/proc/self/cgroup": "0::/../..\n", "/sys/memory.max": "5\n", "/sys/memory.current": "1\n" },
    null,
    null,
  ],
])("reads limits of %s", async (_, files, memory, cores) => {
  expect(await readGroupMemory(from(files as Record<string, string>))).toEqual(memory);
  expect(await readGroupCores(from(files as Record<string, string>))).toEqual(cores);
});

const VM_STAT = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                                1000.
Pages active:                            300000.
Pages inactive:                          200000.
Pages speculative:                          500.
Pages throttled:                              0.
Pages wired down:                         90000.
Pages purgeable:                           4000.
"Translation faults":                  88888888.
File-backed pages:                       120000.
Anonymous pages:                         380500.
Pages stored in compressor:              500000.
`;

it("reads what macOS prints of its memory, and says nothing of what it does not print", () => {
  const total = 16 * GIB;
  expect(parseVmStat(VM_STAT, total)).toEqual({ availableBytes: 121_500 * 16_384, totalBytes: total });
  expect(parseVmStat(VM_STAT.replace(/^File-backed.*\n/m, ""), total)?.availableBytes).toBe(201_500 * 16_384);
  const pressure =
    "The system has 17179869184 (1048576 pages with a page size of 16384).\nSystem-wide memory free percentage: 48%\n";
  expect(parseMemoryPressure(pressure, total)).toEqual({ availableBytes: Math.round(total * 0.48), totalBytes: total });
  for (const odd of [
    "",
    "Pages free: many.\n",
    "System-wide memory free percentage: 480%",
    VM_STAT.replace("16384", "?"),
  ]) {
    expect(parseVmStat(odd, total)).toBeNull();
    expect(parseMemoryPressure(odd, total)).toBeNull();
  }
});
