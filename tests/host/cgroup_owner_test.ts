import { assertEquals, assertGreater } from "@std/assert";
import { cgroupOwner } from "../../src/host/cgroup_owner.ts";

/** Paths as systemd and the runtimes make them, and whose they are; empty: nobody's. */
const TABLE = Deno.readTextFileSync(
  new URL("../../testdata/cgroup_paths.tsv", import.meta.url),
).trimEnd().split("\n").slice(1).map((line) => line.split("\t"));

Deno.test("there are paths to read", () => assertGreater(TABLE.length, 30));

for (const [path = "", unit, containerId, podUid] of TABLE) {
  Deno.test(`cgroupOwner() reads ${path}`, () => {
    assertEquals(cgroupOwner(path), {
      unit: unit || null,
      containerId: containerId || null,
      podUid: podUid || null,
    });
  });
}
