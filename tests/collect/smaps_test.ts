import { assertEquals } from "@std/assert";
import { smaps } from "../../src/collect/smaps.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc } from "../support/fake_proc.ts";
import { besidesFirstSample } from "../support/samples.ts";

/** A process and the paragraphs of its `smaps`. */
function procWith(paragraphs: string | { readonly error: "denied" }): FakeProc {
  const fs = new FakeProc();
  fs.start({ pid: 10, ppid: 1 });
  fs.write("/proc/10/smaps", paragraphs);
  return fs;
}

const ZERO = [
  ..."Pss Shared_Clean Shared_Dirty Private_Clean Private_Dirty".split(" "),
  ..."Referenced Anonymous Swap Locked".split(" "),
].map((name) => `${name}: 0 kB\n`).join("");

function mapping(pathname: string, kib: number): string {
  return `1000-2000 r--p 00000000 08:01 1 ${pathname}\n` +
    `Size: ${kib} kB\nRss: ${kib} kB\n${ZERO}VmFlags: rd\n`;
}

Deno.test("smaps sums up the mappings of one path, and of no other that begins alike", () => {
  const deep = `/${"d".repeat(5000)}`;
  const text = mapping(`${deep}/a`, 8) + mapping(`${deep}/b`, 4) +
    mapping("/lib/c.so", 12) + mapping("/lib/c.so", 4);
  using sampler = new Sampler({
    pid: 10,
    collect: [smaps()],
    fs: procWith(text),
  });
  const { mappings = [] } = sampler.sample();
  assertEquals(
    mappings.map(({ pathname, pathnameTruncated, numMappings, rssBytes }) => [
      pathname.length,
      pathnameTruncated,
      numMappings,
      rssBytes,
    ]),
    [[4000, true, 1, 8192], [4000, true, 1, 4096], [9, false, 2, 16384]],
  );
});

Deno.test("smaps that may not be read is said on the line of the process", () => {
  const fs = procWith({ error: "denied" });
  using sampler = new Sampler({ pid: 10, collect: [smaps()], fs });
  const { mappings, processes } = sampler.sample();
  assertEquals(mappings, []);
  assertEquals(besidesFirstSample(processes[0]?.unreadable), {
    smaps: "denied",
  });
});

Deno.test("smaps({ every: 2 }) reads in the first of two samples", () => {
  const fs = procWith(mapping("/lib/c.so", 12));
  using sampler = new Sampler({
    pid: 10,
    collect: [smaps({ every: 2 })],
    fs,
  });
  const lines = Array.from(
    { length: 4 },
    () => sampler.sample().mappings?.length,
  );
  assertEquals(lines, [1, undefined, 1, undefined]);
});

Deno.test("smaps counts a process as malformed whose memory makes no sense", () => {
  const text = mapping("/lib/c.so", 12).replace("Rss: 12", `Rss: ${2 ** 50}`);
  using sampler = new Sampler({
    pid: 10,
    collect: [smaps()],
    fs: procWith(text),
  });
  const { mappings = [], tree } = sampler.sample();
  assertEquals(mappings[0]?.unreadable?.rssBytes, "failed");
  assertEquals([tree.malformed, tree.numProcesses], [1, 1]);
});

Deno.test("smaps loses a size that makes no sense or is missing, of that path alone", () => {
  const text = mapping("/a", 8).replace("Rss: 8 kB", "Rss: ? kB") +
    mapping("/a", 4) + mapping("/b", 4).replace(/Locked.*\n/, "");
  const malformed: string[] = [];
  using sampler = new Sampler({
    pid: 10,
    collect: [smaps()],
    fs: procWith(text),
    onMalformed: ({ file, field }) => malformed.push(`${file} ${field}`),
  });
  const [a, b] = sampler.sample().mappings ?? [];
  assertEquals([a?.sizeBytes, a?.rssBytes, a?.lockedBytes], [12288, null, 0]);
  assertEquals([b?.sizeBytes, b?.rssBytes, b?.lockedBytes], [4096, 4096, null]);
  assertEquals(a?.unreadable?.rssBytes, "malformed");
  assertEquals(b?.unreadable?.lockedBytes, "unsupported");
  assertEquals(malformed, ["/proc/10/smaps Rss"]);
});
