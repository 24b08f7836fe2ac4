import { assertEquals, assertGreater } from "@std/assert";
import { CHECKOUT, ignored, needsRoot, run } from "../support/procline.ts";

/**
 * What runs in a pid namespace of its own: it starts processes, and lets the children of one take
 * the ids of others. A sampler that goes on from sample to sample must find what one finds that
 * has just been made, and so has read all processes.
 */
const STAGE = `
import { Sampler } from "${CHECKOUT}mod.ts";

const root = new Deno.Command("bash", {
  args: ["-c", "while read -r n; do for ((i = 0; i < n; i++)); do sleep 1000 & echo -n $!,; done; echo; done"],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = root.stdin.getWriter();
const output = root.stdout.pipeThrough(new TextDecoderStream()).getReader();
/** Lets the root start some children; returns their ids. */
async function startBelowRoot(count) {
  await input.write(new TextEncoder().encode(count + "\\n"));
  let text = "";
  while (!text.endsWith("\\n")) text += (await output.read()).value;
  return text.split(",", count).map(Number);
}
function startOutsider() {
  return new Deno.Command("sleep", { args: ["1000"] }).spawn();
}
async function endOutsider(outsider) {
  outsider.kill("SIGKILL");
  await outsider.status;
}
const pidsOf = ({ processes }) => processes.map(({ pid }) => pid);
using sampler = new Sampler({ pid: root.pid });
/** What a new sampler finds and this one does not. */
function missing() {
  const found = sampler.sample();
  using oracle = new Sampler({ pid: root.pid });
  const all = pidsOf(oracle.sample());
  const pids = new Set(pidsOf(found));
  return {
    consistent: found.tree.consistent,
    missing: all.filter((pid) => !pids.has(pid)).length,
  };
}
`;

async function runInNamespace(script: string): Promise<unknown> {
  const { stdout, stderr } = await run([
    ..."unshare -pf --kill-child --mount-proc".split(" "),
    Deno.execPath(),
    "eval",
    `${STAGE}${script}`,
  ]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

Deno.test({
  ...needsRoot(
    ["unshare", "bash"],
    "procline finds at once a child of the root that has taken the id of an outsider",
  ),
  fn: async () => {
    const seen = await runInNamespace(`
      const setLastPid = (pid) =>
        Deno.writeTextFileSync("/proc/sys/kernel/ns_last_pid", String(pid));
      const outsiders = Array.from({ length: 40 }, (_, i) => {
        setLastPid(1000 + 10 * i);
        return startOutsider();
      });
      setLastPid(900);
      missing();
      let taken = 0;
      const results = [];
      // Forward a little, as by tasks that have ended; then to and fro.
      const some = outsiders.filter((_, i) => i % 2 === 0);
      const others = outsiders.filter((_, i) => i % 2 === 1).reverse();
      for (const outsider of [...some, ...others]) {
        await endOutsider(outsider);
        setLastPid(outsider.pid - 1);
        if ((await startBelowRoot(1))[0] === outsider.pid) taken++;
        results.push(missing());
      }
      console.log(JSON.stringify({ taken, results }));
      Deno.exit();
    `) as { taken: number; results: unknown[] };
    assertGreater(seen.taken, 30);
    assertEquals(
      seen.results,
      Array.from({ length: 40 }, () => ({ consistent: true, missing: 0 })),
    );
  },
});

/** The highest id is one for all namespaces before Linux 6.14: it must be left alone there. */
function hasOwnPidMax(): boolean {
  const [major = 0, minor = 0] = Deno.osRelease().split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 14);
}

const ROUND =
  "procline finds at once the children of the root where ids go round";

Deno.test({
  ...(hasOwnPidMax()
    ? needsRoot(["unshare", "bash"], ROUND)
    : ignored(ROUND, "pid_max is that of the whole host before Linux 6.14")),
  fn: async () => {
    const seen = await runInNamespace(`
      Deno.writeTextFileSync("/proc/sys/kernel/pid_max", "700");
      Deno.writeTextFileSync("/proc/sys/kernel/ns_last_pid", "300");
      const forks = (count) => new Deno.Command("bash", {
        args: ["-c", "for ((i = 0; i < " + count + "; i++)); do (:); done"],
      }).output();
      const outsiders = [];
      for (let i = 0; i < 30; i++) {
        outsiders.push(startOutsider());
        await forks(8);
      }
      missing();
      const lastPid = () =>
        Number(Deno.readTextFileSync("/proc/loadavg").split(" ")[4]);
      let taken = 0;
      const results = [];
      for (const outsider of outsiders.filter((_, i) => i % 2 === 0)) {
        await endOutsider(outsider);
        // Ids are given out and come back, until that of the outsider is near.
        for (;;) {
          const distance = (outsider.pid - lastPid() + 400) % 400;
          if (distance > 0 && distance < 8) break;
          await forks(Math.max(distance - 10, 0));
        }
        if ((await startBelowRoot(10)).includes(outsider.pid)) taken++;
        results.push(missing());
      }
      console.log(JSON.stringify({ taken, results }));
      Deno.exit();
    `) as { taken: number; results: unknown[] };
    assertGreater(seen.taken, 7);
    assertEquals(
      seen.results,
      Array.from({ length: 15 }, () => ({ consistent: true, missing: 0 })),
    );
  },
});
