/**
 * Hosts on one machine: namespaces of their own for the network, the processes and the name, and
 * virtual links to a switch in one more. Nothing of the machine's own network is touched, and all
 * of it is gone with the processes.
 */
import type { Context, Daemon } from "./consumer.ts";
import { until } from "./_context.ts";

/** The programs that this takes, and Debian's packages of them. */
export const HOST_PROGRAMS: Readonly<Record<string, string>> = {
  unshare: "util-linux",
  nsenter: "util-linux",
  setpriv: "util-linux",
  ip: "iproute2",
};

/** The address of the switch. */
export const HUB_ADDRESS = "10.99.0.1";

/** A host: its first process, whose end is the end of all others. */
export interface Host extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  /** The first process, as this machine counts. */
  readonly pid: number;
  /** The start of a command line that runs a program there. */
  readonly enter: readonly string[];
}

/** The switch, and the namespace of what looks at the hosts. */
export interface Hub extends AsyncDisposable {
  readonly enter: readonly string[];
  /** Starts a host whose first process runs a shell script, with these arguments. */
  addHost(
    name: string,
    script: string,
    args: readonly string[],
  ): Promise<Host>;
}

/** Starts the switch. */
export async function startHub(context: Context): Promise<Hub> {
  const daemon = context.start(["unshare", "--net", "sleep", "600"]);
  const enter = ["nsenter", "--target", `${daemon.pid}`, "--net", "--"];
  const ip = async (words: string) => {
    await context.runWell([...enter, "ip", ...words.split(" ")]);
  };
  try {
    await hasNetwork(daemon.pid);
    await ip("link set lo up");
    await ip("link add switch type bridge");
    await ip(`addr add ${HUB_ADDRESS}/24 dev switch`);
    await ip("link set switch up");
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  let hosts = 0;
  return {
    enter,
    addHost: async (name, script, args) => {
      hosts++;
      const first = context.start([
        ..."unshare --net --uts --pid --fork --mount-proc --kill-child".split(
          " ",
        ),
        ...["sh", "-c", `hostname ${name}; ${script}`, "init", ...args],
      ]);
      try {
        const pid = await childOf(first);
        const address = `10.99.0.${10 + hosts}`;
        // nsenter(1) stays outside, and what it has started ends with it.
        const inside = [
          ...["nsenter", "--target", `${pid}`, "--all", "--"],
          ..."setpriv --pdeathsig TERM --".split(" "),
        ];
        await ip(`link add ${name} type veth peer name eth0 netns ${pid}`);
        await ip(`link set ${name} master switch up`);
        const links = [
          `addr add ${address}/24 dev eth0`,
          "link set eth0 up",
          "link set lo up",
        ];
        for (const words of links) {
          await context.runWell([...inside, "ip", ...words.split(" ")]);
        }
        return {
          name,
          address,
          pid,
          enter: inside,
          [Symbol.asyncDispose]: async () => {
            // unshare(1) takes no signal while it waits for the first process; with that, all end.
            kill(pid);
            await first.stop();
          },
        };
      } catch (error) {
        await first.stop();
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => await daemon.stop(),
  };
}

/** Kills a process; does nothing if it has ended. */
function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Waits until a process has a network of its own. */
async function hasNetwork(pid: number): Promise<void> {
  const own = await Deno.readLink("/proc/self/ns/net");
  await until("a network namespace", async () => {
    const link = await Deno.readLink(`/proc/${pid}/ns/net`);
    return link === own ? undefined : link;
  });
}

/** The first process of the namespaces: the child of unshare(1). */
async function childOf({ pid }: Daemon): Promise<number> {
  const child = await until("the first process of a host", async () => {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    return Number(text.trim()) || undefined;
  });
  await hasNetwork(child);
  return child;
}
