/**
 * What the tools and the tests use of `@std/fs`, built on `node:fs`: the same names, signatures and
 * outcomes.
 */
import { existsSync as isThere, globSync, readdirSync } from "node:fs";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { basename, join, normalize, resolve } from "node:path";

export interface WalkOptions {
  includeDirs?: boolean;
  exts?: string[];
}

export interface WalkEntry extends Deno.DirEntry {
  path: string;
}

/** Symbolic links are listed, never followed. */
export function* walkSync(
  root: string,
  options: WalkOptions = {},
): IterableIterator<WalkEntry> {
  const { includeDirs = true, exts } = options;
  const isWanted = (path: string) =>
    exts === undefined || exts.some((ext) => path.endsWith(ext));
  if (includeDirs && isWanted(root)) {
    yield entryOf(normalize(root), { isDirectory: true });
  }
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) yield* walkSync(path, options);
    else if (isWanted(path)) {
      yield entryOf(path, {
        isFile: entry.isFile(),
        isSymlink: entry.isSymbolicLink(),
      });
    }
  }
}

export function* expandGlobSync(
  glob: string,
  options: { root: string },
): IterableIterator<WalkEntry> {
  for (const name of globSync(glob, { cwd: options.root }).toSorted()) {
    yield entryOf(resolve(options.root, name), { isFile: true });
  }
}

export function existsSync(path: string): boolean {
  return isThere(path);
}

export async function ensureDir(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
}

export async function emptyDir(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    await rm(join(directory, name), { recursive: true });
  }
}

export async function copy(source: string, target: string): Promise<void> {
  await cp(source, target, {
    recursive: true,
    errorOnExist: true,
    force: false,
  });
}

function entryOf(
  path: string,
  is: Partial<Pick<Deno.DirEntry, "isFile" | "isDirectory" | "isSymlink">>,
): WalkEntry {
  const name = basename(path);
  const not = { isFile: false, isDirectory: false, isSymlink: false };
  return { path, name, ...not, ...is };
}
