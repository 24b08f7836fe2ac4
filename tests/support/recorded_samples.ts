/** The samples of a recording, for tests of views and formats. */
import { openRecording } from "../../src/recording/replayed_run.ts";
import type { Run } from "../../src/model/run.ts";
import type { Sample } from "../../src/model/sample.ts";

/** What a recording replays to. */
export interface RecordedRun {
  readonly run: Run;
  readonly samples: readonly Sample[];
}

/** The run of the recording at this path. */
export async function recordedRun(path: string): Promise<RecordedRun> {
  const text = await Deno.readTextFile(path);
  using replayed = await openRecording(text.trimEnd().split("\n"), {
    onMalformed: () => {},
  });
  return { run: replayed.run, samples: [...replayed.samples()] };
}
