/** Packs a release: two archives for each target, the bundle, and checksums: `deno task pack`. */
// deno-lint-ignore-file no-console -- a tool prints.
import { copy, emptyDir } from "@std/fs";
import { bundle, compileProcline, TARGETS } from "./compile.ts";
import { CHECKOUT, readArguments, runWell } from "./_tool.ts";

const USAGE = `Pack a release of procline into dist/release/

Usage: deno task pack [--target TARGET ...]

      --target TARGET    Pack for this target; may be repeated (default: each
                         Linux target)
  -h, --help             Print this help

Writes procline-TARGET.tar.gz and procline-TARGET.tar.zst, which hold the
binary, README.md, CHANGELOG.md and LICENSE, procline.js, and SHA256SUMS.
Exits with 3 if there is no runtime to compile with.`;

const RELEASE = `${CHECKOUT}dist/release`;
const DOCUMENTS = ["README.md", "CHANGELOG.md", "LICENSE"];
const NO_RUNTIME = 3;

/** The command that compresses an archive, by the end of the archive's name. */
const COMPRESSIONS: Readonly<Record<string, string>> = {
  "tar.gz": "gzip -9 -n",
  "tar.zst": "zstd -19 -T0 -q",
};

async function main(): Promise<number> {
  const { all } = readArguments(USAGE, { values: ["target"] });
  const given = all("target");
  await emptyDir(RELEASE);
  const assets = ["procline.js"];
  await bundle(`${RELEASE}/procline.js`);
  for (const target of given.length === 0 ? TARGETS : given) {
    const archives = await pack(target);
    if (archives === null) return NO_RUNTIME;
    assets.push(...archives);
  }
  await writeSums(assets);
  for (const asset of [...assets, "SHA256SUMS"]) {
    const { size } = await Deno.stat(`${RELEASE}/${asset}`);
    console.log(`dist/release/${asset} ${size} bytes`);
  }
  return 0;
}

/**
 * Packs a target, and returns the names of its archives; null if there is no runtime to compile
 * with.
 */
async function pack(target: string): Promise<string[] | null> {
  const directory = await Deno.makeTempDir({ prefix: "procline_pack_" });
  try {
    if (!await compileProcline(`${directory}/procline`, target)) return null;
    for (const name of DOCUMENTS) {
      await copy(`${CHECKOUT}${name}`, `${directory}/${name}`);
    }
    return await Promise.all(
      Object.entries(COMPRESSIONS).map(async ([end, compression]) => {
        const archive = `procline-${target}.${end}`;
        await writeArchive(directory, `${RELEASE}/${archive}`, compression);
        return archive;
      }),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Writes an archive. Nothing in it depends on who packs it, or when. */
async function writeArchive(
  directory: string,
  archive: string,
  compression: string,
): Promise<void> {
  const time = await runWell(["git", "log", "-1", "--format=%ct"]);
  await runWell([
    "tar",
    ..."--sort=name --owner=0 --group=0 --numeric-owner --mode=go-w".split(" "),
    `--mtime=@${time.trim()}`,
    `--use-compress-program=${compression}`,
    "-cf",
    archive,
    "-C",
    directory,
    "procline",
    ...DOCUMENTS,
  ]);
}

/** Writes the checksums as sha256sum(1) prints them; its `-c` checks them. */
async function writeSums(assets: readonly string[]): Promise<void> {
  const lines = await Promise.all(assets.map(async (asset) => {
    const bytes = await Deno.readFile(`${RELEASE}/${asset}`);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return `${new Uint8Array(digest).toHex()}  ${asset}\n`;
  }));
  await Deno.writeTextFile(`${RELEASE}/SHA256SUMS`, lines.join(""));
}

if (import.meta.main) Deno.exit(await main());
