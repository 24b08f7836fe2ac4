/** Programs in Go that stand beside the consumers, each in a directory with a go.mod. */
import { CHECKOUT } from "../support/procline.ts";
import type { Context } from "./consumer.ts";

/** Builds the program of a directory, and returns its path. Needs `goToolchain()`. */
export async function buildGo(context: Context, name: string): Promise<string> {
  const path = `${context.directory}/${name}`;
  await context.runWell(["go", "build", "-o", path, "."], {
    cwd: `${CHECKOUT}tests/consumers/${name}`,
  });
  return path;
}
