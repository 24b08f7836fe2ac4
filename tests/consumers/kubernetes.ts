/** Kubernetes' own types, which read docs/ship/daemonset.yaml. */
import { assertEquals } from "@std/assert";
import type { Consumer } from "./consumer.ts";
import { buildGo } from "./_go.ts";
import { goToolchain } from "./needs.ts";
import { linesOf } from "./_recorded.ts";
import { shipped } from "./_shipped.ts";

/** The DaemonSet, read as strictly as by the API server, and its command, run here. */
export const kubernetes: Consumer = {
  name: "kubernetes",
  set: "large",
  needs: [goToolchain("1.26")],
  check: async (context) => {
    const { directory } = context;
    const program = await buildGo(context, "kubernetes");
    const text = await shipped("daemonset.yaml");
    await Deno.writeTextFile(`${directory}/good.yaml`, text);
    const set = JSON.parse(
      await context.runWell([program, `${directory}/good.yaml`]),
    );
    const bad = await shipped("daemonset.yaml", { hostPID: "hostPid" });
    await Deno.writeTextFile(`${directory}/bad.yaml`, bad);
    const { code } = await context.run([program, `${directory}/bad.yaml`]);
    assertEquals(code, 1);

    // As kubelet starts it: with the variable in its place, and the mounts that it names.
    const { spec } = set.spec.template;
    const [container] = spec.containers;
    const mounts: [string, string][] = container.volumeMounts.map(
      (mount: { readonly name: string; readonly mountPath: string }) => [
        mount.mountPath,
        spec.volumes.find(({ name }: { readonly name: string }) =>
          name === mount.name
        ).hostPath.path,
      ],
    );
    const words: string[] = container.command.slice(1).map((word: string) =>
      mounts.reduce(
        (replaced, [at, path]) => replaced.replace(at, path),
        word.replace("$(NODE_NAME)", "node-1"),
      )
    );
    const lines = linesOf(await context.procline([...words, "--count=1"]));
    const kinds = new Set(lines.map((line) => JSON.parse(line).kind));
    assertEquals([...kinds], ["run", "group", "cgroup", "tree", "end"]);
    assertEquals(JSON.parse(lines.at(-1) ?? "").node, "node-1");
    return {
      version: "1.37",
      lines: lines.length,
      compared: "no unknown field in the DaemonSet, its command runs",
    };
  },
};
