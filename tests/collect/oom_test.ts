import { assertEquals } from "@std/assert";
import { oom } from "../../src/collect/oom.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { type FileContent, MemoryFs } from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

function lineOf(files: Readonly<Record<string, FileContent>>) {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files });
  using sampler = new Sampler({ pid: 10, collect: [oom()], fs });
  return sampler.sample().processes[0];
}

Deno.test("oom adds the score and its adjustment", () => {
  const line = lineOf({ oom_score: "1332\n", oom_score_adj: "-998\n" });
  assertEquals([line?.oomScore, line?.oomScoreAdj], [1332, -998]);
  assertEquals(besidesFirstSample(line?.unreadable), null);
});

Deno.test("oom says why one is not known, and the other stays", () => {
  const denied = lineOf({ oom_score: { error: "denied" } });
  assertEquals([denied?.oomScore, denied?.oomScoreAdj], [null, 0]);
  assertEquals(besidesFirstSample(denied?.unreadable), { oomScore: "denied" });
  const damaged = lineOf({ oom_score_adj: "much\n" });
  assertEquals([damaged?.oomScore, damaged?.oomScoreAdj], [666, null]);
  assertEquals(besidesFirstSample(damaged?.unreadable), {
    oomScoreAdj: "malformed",
  });
});
