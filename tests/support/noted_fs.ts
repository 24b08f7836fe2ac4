/** A file system that takes note of what is read, for the tests of what is read once. */
import { MemoryFs } from "../../src/testing/memory_fs.ts";

/** Keeps the paths of the files and directories that are read by their paths. */
export class NotedFs extends MemoryFs {
  /** The paths, in the order in which they were read. */
  readonly reads: string[] = [];

  override readTextFile(path: string): string {
    this.reads.push(path);
    return super.readTextFile(path);
  }

  override readDir(path: string): string[] {
    this.reads.push(path);
    return super.readDir(path);
  }
}
