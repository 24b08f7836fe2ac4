/** What the tests use of `@std/fs`, built on `node:fs`: the same names, signatures and outcomes. */
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export interface WalkOptions {
  maxDepth?: number;
  includeFiles?: boolean;
  includeDirs?: boolean;
  includeSymlinks?: boolean;
  exts?: string[];
  match?: RegExp[];
  skip?: RegExp[];
}

export interface WalkEntry extends Deno.DirEntry {
  path: string;
}

export interface ExistsOptions {
  isReadable?: boolean;
  isDirectory?: boolean;
  isFile?: boolean;
}

export interface CopyOptions {
  overwrite?: boolean;
  preserveTimestamps?: boolean;
}

/** Symbolic links are listed, never followed. */
export function* walkSync(
  root: string | URL,
  options: WalkOptions = {},
): IterableIterator<WalkEntry> {
  const {
    maxDepth = Infinity,
    includeFiles = true,
    includeDirs = true,
    includeSymlinks = true,
    exts,
    match,
    skip,
  } = options;
  if (maxDepth < 0) return;
  const path = toPath(root);
  if (skip?.some((pattern) => pattern.test(path))) return;

  const wanted = (path: string) =>
    (!exts || exts.some((ext) => path.endsWith(dotted(ext)))) &&
    (!match || match.some((pattern) => pattern.test(path))) &&
    !skip?.some((pattern) => pattern.test(path));

  if (includeDirs && wanted(path)) {
    yield {
      path: normalize(path),
      name: basename(path),
      isFile: false,
      isDirectory: true,
      isSymlink: false,
    };
  }
  if (maxDepth < 1) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) {
      yield* walkSync(child, { ...options, maxDepth: maxDepth - 1 });
      continue;
    }
    const isSymlink = entry.isSymbolicLink();
    if ((isSymlink ? includeSymlinks : includeFiles) && wanted(child)) {
      yield {
        path: child,
        name: entry.name,
        isFile: entry.isFile(),
        isDirectory: false,
        isSymlink,
      };
    }
  }
}

export function existsSync(
  path: string | URL,
  options: ExistsOptions = {},
): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return false;
  if (options.isDirectory && !stat.isDirectory()) return false;
  if (options.isFile && !stat.isFile()) return false;
  return !options.isReadable || isReadable(path);
}

export function ensureDirSync(dir: string | URL): void {
  mkdirSync(dir, { recursive: true });
}

export function emptyDirSync(dir: string | URL): void {
  mkdirSync(dir, { recursive: true });
  for (const name of readdirSync(dir)) {
    rmSync(join(toPath(dir), name), { recursive: true });
  }
}

export function copySync(
  src: string | URL,
  dest: string | URL,
  options: CopyOptions = {},
): void {
  const { overwrite = false, preserveTimestamps = false } = options;
  if (!overwrite && existsSync(dest)) {
    throw new Deno.errors.AlreadyExists(`'${toPath(dest)}' already exists.`);
  }
  cpSync(src, dest, { recursive: true, preserveTimestamps });
}

function toPath(path: string | URL): string {
  return path instanceof URL ? fileURLToPath(path) : path;
}

function dotted(ext: string): string {
  return ext.startsWith(".") ? ext : `.${ext}`;
}

function isReadable(path: string | URL): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
