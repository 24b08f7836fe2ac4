import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  chartSvg,
  cutMarkup,
  escapeMarkup,
  lanesSvg,
  niceAbove,
  niceBytesAbove,
  timeTicks,
} from "../../src/format/_svg.ts";

Deno.test("escapeMarkup() lets nothing be taken for markup, or move what stands beside it", () => {
  assertEquals(
    escapeMarkup(`<b a="1" c='2'>&amp;\u001b[2J\u202e\n`),
    "&#60;b a=&#34;1&#34; c=&#39;2&#39;&#62;&#38;amp;?[2J??",
  );
  assertEquals(escapeMarkup("naïve 名"), "naïve 名");
});

Deno.test("niceAbove() is the next number that reads well", () => {
  assertEquals([0, 1, 1.1, 2.2, 3, 7, 184.1, 0.03].map(niceAbove), [
    ...[1, 1, 2, 2.5, 5, 10, 200, 0.05],
  ]);
});

Deno.test("niceBytesAbove() is the next power of two", () => {
  assertEquals([0, 1, 3, 1024, 1025].map(niceBytesAbove), [
    1,
    1,
    4,
    1024,
    2048,
  ]);
});

for (
  const [lengthMs, texts] of [
    [250, ["0 s", "0.05 s", "0.1 s", "0.15 s", "0.2 s", "0.25 s"]],
    [10_000, ["0:00", "0:02", "0:04", "0:06", "0:08", "0:10"]],
    [174_480, ["0:00", "0:30", "1:00", "1:30", "2:00", "2:30"]],
    [209_130, ["0:00", "1:00", "2:00", "3:00"]],
    [3_600_000, [
      "0:00 h",
      "0:10 h",
      "0:20 h",
      "0:30 h",
      "0:40 h",
      "0:50 h",
      "1:00 h",
    ]],
    [36_000_000, ["0:00 h", "2:00 h", "4:00 h", "6:00 h", "8:00 h", "10:00 h"]],
  ] as const
) {
  Deno.test(`timeTicks() marks ${lengthMs} ms`, () => {
    const ticks = timeTicks(lengthMs);
    assertEquals(ticks.map(({ text }) => text), [...texts]);
    assertEquals(ticks[0]?.at, 0);
  });
}

Deno.test("timeTicks() has a few marks for a run of any length", () => {
  fc.assert(fc.property(fc.integer({ min: 100, max: 1e11 }), (lengthMs) => {
    const ticks = timeTicks(lengthMs);
    assert(ticks.length >= 2 && ticks.length <= 10, String(ticks.length));
    assert(ticks.every(({ at }) => at >= 0 && at <= 1));
    assertEquals(new Set(ticks.map(({ text }) => text)).size, ticks.length);
  }));
});

Deno.test("chartSvg() needs no style sheet, and says what it shows", () => {
  const svg = chartSvg({
    id: "cpu",
    title: "CPU <of> all",
    description: "Percent",
    height: 100,
    areas: [{ points: [[0, 0], [0.5, 1], [1, 0.25]], color: "#0072b2" }],
    lines: [{ points: [[0, 1], [1, 1]], dashes: "6 4" }],
    spans: [{
      from: 0.5,
      to: 0.6,
      color: "#d55e00",
      opacity: 0.25,
      text: "2 missed",
    }],
    strips: [{
      name: "held <back>",
      spans: [{
        from: 0.25,
        to: 0.5,
        color: "#cc79a7",
        opacity: 1,
        text: "throttled",
      }],
    }],
    mark: { at: [0.5, 1], text: "the most" },
    values: [{ at: 1, text: "100 %" }],
    times: [{ at: 0, text: "0:00" }],
  });
  assert(
    svg.includes(
      '<path d="M0 100L0 100L500 0L1000 75L1000 100Z" fill="#0072b2"/>',
    ),
  );
  assert(svg.includes('<path d="M0 0L1000 0" fill="none"'));
  assert(svg.includes("CPU &#60;of&#62; all</title>"));
  assert(svg.includes('<rect x="50%" y="18" width="10%" height="100"'));
  // Below the plot, which ends at 118.
  assert(svg.includes('<rect x="25%" y="124" width="25%" height="8"'));
  assert(svg.includes(">held &#60;back&#62;</text>"));
  assert(svg.includes('<circle cx="50%" cy="18"'));
  assert(svg.includes(">the most</text>"));
  assert(svg.includes("<title>2 missed</title>"));
  assert(!/ style=/.test(svg));
});

Deno.test("lanesSvg() names a slice that has room for it, and tells of each", () => {
  const slice = { row: 1, color: "#0072b2", text: ["pid 1", "<x>"] };
  const svg = lanesSvg(
    {
      id: "lanes",
      title: "Lanes",
      description: "All",
      times: [],
      spans: [{ from: 0, to: 1, color: "#d55e00", opacity: 0.1, text: "" }],
    },
    [
      { ...slice, from: 0, to: 0.5, name: "wide" },
      { ...slice, from: 0.5, to: 0.5001, name: "narrow" },
    ],
  );
  assert(svg.includes(">wide</text>") && !svg.includes(">narrow</text>"));
  assertEquals(svg.match(/pid 1\n&#60;x&#62;<\/title>/g)?.length, 2);
  // What is shaded over the slices does not keep the pointer from them.
  assert(svg.includes('<g pointer-events="none"><rect x="0%"'));
  // It would not be seen at a tenth of a thousandth of the width.
  assert(svg.includes('<rect x="50%" y="34" width="0.1%"'));
});

Deno.test("chartSvg() draws a point alone as wide as can be seen", () => {
  const svg = chartSvg({
    id: "cpu",
    title: "CPU",
    description: "Percent",
    height: 100,
    areas: [{ points: [[1, 0.5]], color: "#0072b2" }],
    lines: [{ points: [[0, 1]] }],
    spans: [],
    strips: [],
    mark: null,
    values: [],
    times: [],
  });
  assert(svg.includes('<path d="M996 100L996 50L1000 50L1000 100Z"'));
  assert(svg.includes('<path d="M0 0L4 0" fill="none"'));
});

Deno.test("cutMarkup() keeps of any text what fits, and says that it is cut", () => {
  assertEquals(cutMarkup("cc -O2", 6), "cc -O2");
  assertEquals(cutMarkup("cc -O2 a.c", 9), "cc -O2…");
  assertEquals(cutMarkup("<<<<", 20), "<<<<");
  assertEquals(cutMarkup("<<<<<", 20), "<<<…");
  fc.assert(fc.property(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.integer({ min: 3, max: 60 }),
    (text, bytes) => {
      const cut = cutMarkup(text, bytes);
      const size = (part: string) =>
        new TextEncoder().encode(escapeMarkup(part)).length;
      assert(size(cut) <= bytes);
      if (size(text) <= bytes) assertEquals(cut, text);
      else assert(text.startsWith(cut.slice(0, -1)) && cut.endsWith("…"));
    },
  ));
});
