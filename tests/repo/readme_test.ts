/**
 * Every block of the README that is marked `sh` must work as it stands. (`console` is for what
 * needs a URL, a binary or a registry; `text` is for output.)
 */
import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { existsSync } from "@std/fs";
import { fieldNames } from "../../src/model/dictionary.ts";
import {
  besidesMissed,
  CHECKOUT,
  FROM_SOURCE,
  needs,
  run,
  TemporaryDirectory,
} from "../support/procline.ts";

const README = Deno.readTextFileSync(`${CHECKOUT}README.md`);
const BLOCKS = [...README.matchAll(/^```sh\n([^]*?)^```$/gm)].map((match) => ({
  script: match[1] ?? "",
  line: README.slice(0, match.index).split("\n").length,
}));

const DOCUMENTS = [
  "docs/design.md",
  "docs/fields.md",
  "docs/formats.md",
  "docs/peers.md",
  "docs/shipping.md",
  "docs/benchmarks.md",
  "docs/promises.md",
  ".github/CONTRIBUTING.md",
  ".github/SECURITY.md",
];

Deno.test("README.md has blocks to run", () => {
  assertGreater(BLOCKS.length, 0);
});

for (const { script, line } of BLOCKS) {
  const tools = ["jq"].filter((tool) => script.includes(tool));
  Deno.test({
    ...needs(
      tools,
      `the commands in line ${line} of README.md work: ${firstWords(script)}`,
    ),
    fn: async () => {
      using directory = new TemporaryDirectory();
      const bin = `${directory.path}/bin`;
      const checkout = `${directory.path}/checkout`;
      await Deno.mkdir(bin);
      await Deno.mkdir(checkout);
      for (const name of ["mod.ts", "deno.json", "src"]) {
        await Deno.symlink(`${CHECKOUT}${name}`, `${checkout}/${name}`);
      }
      await writeProgram(`${bin}/procline`, `exec ${quoted(FROM_SOURCE)} "$@"`);
      // This npx asks no registry: it runs this Deno.
      await writeProgram(
        `${bin}/npx`,
        `[ "$1 $2" = "-y deno" ] || exit 1; shift 2; exec ${
          quoted([Deno.execPath()])
        } "$@"`,
      );

      const { code, stdout, stderr } = await run(
        ["bash", "-e", "-o", "pipefail", "-c", inNoHurry(script)],
        {
          cwd: checkout,
          env: { PATH: `${bin}:${Deno.env.get("PATH") ?? ""}` },
        },
      );

      assertEquals(besidesMissed(stderr), "");
      assertEquals(code, 0);
      assertGreater(stdout.length, 0);
      // The commands leave no file behind.
      assertEquals(
        (await Array.fromAsync(Deno.readDir(checkout), ({ name }) => name))
          .sort(),
        ["deno.json", "mod.ts", "src"],
      );
    },
  });
}

async function writeProgram(path: string, script: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function quoted(argv: readonly string[]): string {
  return argv.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
}

function firstWords(script: string): string {
  const [line = ""] = script.split("\n");
  return line.length <= 60 ? line : `${line.slice(0, 60)}...`;
}

Deno.test("README.md has 1,500 words at most", () => {
  assertLessOrEqual(README.trim().split(/\s+/).length, 1500);
});

Deno.test("README.md names fields that are there", () => {
  const names = fieldNames();
  const section = README.split("\n## ").find((text) =>
    text.startsWith("The fields")
  );
  const rows = section?.match(/^\| `[^|]+/gm) ?? [];
  assertGreater(rows.length, 5);
  const named = rows.flatMap((row) => row.match(/(?<=`)\w+(?=`)/g) ?? []);
  assertEquals(named.filter((name) => !names.has(name)), []);
});

for (const path of ["README.md", ...DOCUMENTS]) {
  Deno.test(`the links of ${path} lead somewhere`, () => {
    const text = Deno.readTextFileSync(`${CHECKOUT}${path}`);
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const targets = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, to]) => to);
    const lost = targets.filter((to) =>
      !existsSync(`${CHECKOUT}${folder}${to}`)
    );
    assertEquals(lost, []);
  });

  Deno.test(`the lines of ${path} have 100 columns at most`, () => {
    const text = Deno.readTextFileSync(`${CHECKOUT}${path}`);
    const lines = text.split("\n").filter((line) => !line.startsWith("|"));
    assertEquals(lines.filter((line) => line.length > 100), []);
  });
}

/** The commands, if samples are late: on a busy machine a window is longer than was asked for. */
function inNoHurry(script: string): string {
  return script.replaceAll(
    "cpu_window_seconds < 0.3",
    "cpu_window_seconds < 30",
  );
}
