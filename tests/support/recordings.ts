/** The recordings of testdata/recordings. */
import { walkSync } from "@std/fs";
import { fileURLToPath } from "node:url";

export const RECORDINGS: string = fileURLToPath(
  new URL("../../testdata/recordings/", import.meta.url),
);

const EXPECTED = ".expected.ndjson";

/** A recording and the lines that it must give. */
export interface RecordingCase {
  /** As in `busy_tree`. */
  readonly name: string;
  readonly path: string;
  /** The path of the expected lines. */
  readonly expected: string;
}

/** All recordings, by name. */
export function recordingCases(): RecordingCase[] {
  return Array.from(walkSync(RECORDINGS, { exts: [EXPECTED] }))
    .map(({ path }) => {
      const stem = path.slice(0, -EXPECTED.length);
      const name = stem.slice(stem.lastIndexOf("/") + 1);
      return { name, path: `${stem}.ndjson`, expected: path };
    })
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
}
