import { assertEquals } from "@std/assert";
import { Child, FROM_SOURCE, needsRoot } from "../support/procline.ts";

/**
 * Lets a new process reuse the pid of one that has ended. It runs in a pid namespace of its own, in
 * which it may choose the next pid (ns_last_pid in proc_sys_kernel(5)).
 */
const SCRIPT = `
  exec 3<&0
  sleep 1000 & taken=$!
  "$@" --pid 1 --interval 20ms --events < /dev/null & procline=$!
  read -r _ <&3
  kill $taken
  wait $taken
  again=
  for try in $(seq 100); do
    echo $((taken - 1)) > /proc/sys/kernel/ns_last_pid
    sleep 2000 & again=$!
    [ $again != $taken ] || break
    kill $again
    wait $again
  done
  read -r _ <&3
  kill $again $procline
  wait
`;

Deno.test({
  ...needsRoot(
    ["unshare"],
    "procline gives a process that reuses an id a start of its own, however soon",
  ),
  fn: async () => {
    await using tree = new Child([
      ..."unshare -pf --mount-proc bash -c".split(" "),
      SCRIPT,
      "bash",
      ...FROM_SOURCE,
    ]);
    const event = async (kind: string, argument: string) => {
      for (;;) {
        const line = JSON.parse(await tree.line());
        if (line.kind !== kind) continue;
        if (kind === "exit" || line.cmdline?.[1] === argument) return line;
      }
    };
    const first = await event("start", "1000");
    await tree.write("go\n");
    const events = [await event("exit", ""), await event("start", "2000")];
    assertEquals(events.map(({ pid }) => pid), [first.pid, first.pid]);
    await tree.write("end\n");
  },
});
