/** Lines of the recordings in testdata/recordings, and of odd processes. */
import { recordingCases } from "../support/recordings.ts";
import type { Context } from "./consumer.ts";

/** What a replay of a recording prints. */
export interface Replayed {
  /** The name of the recording. */
  readonly name: string;
  readonly text: string;
}

/** Replays all recordings, or those with these names, with the same options. */
export async function replayAll(
  context: Context,
  options: readonly string[],
  names?: readonly string[],
): Promise<Replayed[]> {
  const replayed: Replayed[] = [];
  for (const { name, path } of recordingCases()) {
    if (names !== undefined && !names.includes(name)) continue;
    const text = await context.procline(["--replay", path, ...options]);
    replayed.push({ name, text });
  }
  return replayed;
}

/** The lines of odd processes, of which all is collected, and of all recordings. */
export async function oddLines(context: Context): Promise<string> {
  await using tree = await context.startHostileTree();
  const live = await context.procline([
    ..."--collect all --events --interval 200ms --count 2 --pid".split(" "),
    `${tree.pid}`,
  ]);
  const recorded = await replayAll(context, []);
  return [live, ...recorded.map(({ text }) => text)].join("");
}

/** The whole lines of a text that may still grow: what follows the last newline is left out. */
export function linesOf(text: string): string[] {
  return text.split("\n").slice(0, -1);
}
