/** Draws the picture of README, the report of a real build: `deno task picture`. */
// deno-lint-ignore-file no-console -- a tool prints.
import { CHECKOUT, findProgram, readArguments, runWell } from "./_tool.ts";
import { writeBuild } from "./_build.ts";

const USAGE = `Draw docs/report.png: the top of the report of a real build

Usage: deno task picture [--page FILE]

      --page FILE        Write the whole report into this file as well
  -h, --help             Print this help

Builds a made-up program with make and gcc, takes samples of that, and opens the
report in Chromium. On a busy host samples are missed, and the picture shows it.
Exits with 3 if a program is missing.`;

const PICTURE = `${CHECKOUT}docs/report.png`;
const PROGRAMS = ["make", "gcc", "chromium", "pngquant"];
const NO_PROGRAM = 3;
/** README is loaded often, and stands in the repository at each change. */
const MOST_BYTES = 120_000;
/** The verdict, the charts and the lanes. */
const WINDOW = "860,1700";

async function main(): Promise<number> {
  const { value } = readArguments(USAGE, { values: ["page"] });
  const missing = PROGRAMS.filter((name) => findProgram(name) === null);
  if (missing.length > 0) {
    console.error(
      `Cannot draw without ${missing.join(", ")}: apt-get install ${
        missing.join(" ")
      }`,
    );
    return NO_PROGRAM;
  }
  const directory = await Deno.makeTempDir({ prefix: "procline_picture_" });
  try {
    const sources = `${directory}/app`;
    const page = `${directory}/report.html`;
    await writeBuild(sources, {
      files: 50,
      functions: 120,
      slowFunctions: 1500,
    });
    await runWell([
      ...[Deno.execPath(), "run", "-A", `${CHECKOUT}mod.ts`],
      ..."--interval 250ms --output /dev/null --no-summary --export".split(" "),
      ...[`html=${page}`, "--", "make", "-s", "-j2"],
    ], sources);
    const copy = value("page");
    if (copy !== undefined) await Deno.copyFile(page, copy);
    await runWell([
      ..."chromium --headless=new --no-sandbox --hide-scrollbars".split(" "),
      ...[`--window-size=${WINDOW}`, `--screenshot=${directory}/report.png`],
      `file://${page}`,
    ]);
    await runWell([
      ..."pngquant --force --strip --speed 1 64 --ext .png".split(" "),
      `${directory}/report.png`,
    ]);
    const { size } = await Deno.stat(`${directory}/report.png`);
    if (size > MOST_BYTES) {
      throw new Error(
        `The picture has ${size} bytes, more than ${MOST_BYTES}: make the window smaller`,
      );
    }
    await Deno.copyFile(`${directory}/report.png`, PICTURE);
    console.log(`docs/report.png: ${size} bytes`);
    return 0;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
