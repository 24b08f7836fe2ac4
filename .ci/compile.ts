/**
 * Writes the bundle and the binaries: `deno task bundle`, `deno task compile`.
 *
 * The binary is compiled from the bundle, which starts faster than the modules.
 */
// deno-lint-ignore-file no-console -- a tool prints.
import { ensureDir } from "@std/fs";
import { link } from "./_link.ts";
import { denoCompile } from "./_runtime.ts";
import { CHECKOUT, readArguments } from "./_tool.ts";

const USAGE = `Write the bundle and the binaries of procline into dist/

Usage: deno task compile [--all | --target TARGET ...]
       deno task bundle

      --bundle           Write dist/procline.js alone
      --target TARGET    Write dist/procline-TARGET; may be repeated
      --all              The same for each Linux target
  -h, --help             Print this help

Without a target it writes dist/procline, for this machine. Exits with 3 if
there is no runtime to compile with.`;

/** The Linux machines that a release has binaries for. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
];

/**
 * The flags of V8 in the binary. They save memory: the binary runs beside what it watches, and
 * waits for the kernel most of the time.
 */
export const V8_FLAGS: readonly string[] = [
  // One thread: V8's helper threads for compiling and collecting take memory of their own.
  "--single-threaded",
  // Without the slower one of V8's two optimizing compilers. The other one, Maglev, takes 5 MiB at
  // 1,000 processes, half of it pages of the binary itself, and saves a fifth of the CPU time.
  "--no-opt",
  // Prefers smaller code and a smaller heap.
  "--optimize-for-size",
  // Starts to collect when 40 % of the room is left, not when it runs out: the heap stays small.
  "--incremental-marking-hard-trigger=40",
];

const DIST = `${CHECKOUT}dist/`;
const BUNDLE = `${DIST}procline.js`;
/** The exit code if there is no runtime to compile with. */
const NO_RUNTIME = 3;

/**
 * Writes all modules as one file, without what only people read: it is parsed at each start, and
 * kept in memory.
 */
export async function bundle(output: string = BUNDLE): Promise<void> {
  await ensureDir(DIST);
  await link(output);
}

/** Writes a binary; returns whether there was a runtime to compile with. */
export async function compile(
  entry: string,
  output: string,
  { target, v8Flags = [] }: {
    readonly target?: string;
    readonly v8Flags?: readonly string[];
  } = {},
): Promise<boolean> {
  return await denoCompile([
    "-A",
    "--no-check",
    ...(v8Flags.length === 0 ? [] : [`--v8-flags=${v8Flags.join(",")}`]),
    ...(target === undefined ? [] : ["--target", target]),
    "--output",
    output,
    entry,
  ]);
}

/** Writes a binary of procline; returns whether there was a runtime to compile with. */
export async function compileProcline(
  output: string,
  target?: string,
): Promise<boolean> {
  await bundle();
  const targeted = target === undefined ? {} : { target };
  return await compile(BUNDLE, output, { ...targeted, v8Flags: V8_FLAGS });
}

async function main(): Promise<number> {
  const { flags, all } = readArguments(USAGE, {
    flags: ["bundle", "all"],
    values: ["target"],
  });
  if (flags.has("bundle")) {
    await bundle();
    return await written(BUNDLE);
  }
  const targets = flags.has("all") ? TARGETS : all("target");
  if (targets.length === 0) {
    const isDone = await compileProcline(`${DIST}procline`);
    return isDone ? await written(`${DIST}procline`) : NO_RUNTIME;
  }
  for (const target of targets) {
    const output = `${DIST}procline-${target}`;
    if (!await compileProcline(output, target)) return NO_RUNTIME;
    await written(output);
  }
  return 0;
}

async function written(path: string): Promise<number> {
  const { size } = await Deno.stat(path);
  console.log(`${path.slice(CHECKOUT.length)} ${size} bytes`);
  return 0;
}

if (import.meta.main) Deno.exit(await main());
