import type { ProcFs } from "../../src/kernel/proc_fs.ts";

/** Reads through another file system, by the methods alone that every one has. */
export function plainFs(fs: ProcFs): ProcFs {
  return {
    readTextFile: (path) => fs.readTextFile(path),
    readLink: (path) => fs.readLink(path),
    stat: (path) => fs.stat(path),
    readDir: (path) => fs.readDir(path),
    readFile: (path) => fs.readFile(path),
    open: (path) => fs.open(path),
  };
}
