import { main } from "../../src/cli/main.ts";
import type { ByteStream } from "../../src/cli/output.ts";
import type { ByteSource } from "../../src/cli/stdin.ts";
import type { Finished } from "./procline.ts";

/** What the command is given beside its arguments. */
export interface MainOptions {
  /** Default: it is closed. */
  readonly stdin?: ByteSource;
  /** What each write to stdout fails with. Default: none fails. */
  readonly failure?: unknown;
}

/** Runs the command with streams in memory. */
export async function runMain(
  args: readonly string[],
  options: MainOptions = {},
): Promise<Finished> {
  const { failure, ...stdin } = options;
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const code = await main(args, {
    ...stdin,
    stdout: failure === undefined
      ? streamTo(out)
      : { write: () => Promise.reject(failure) },
    stderr: streamTo(err),
    signals: { listen: () => () => {} },
  });
  return { code, stdout: await textOf(out), stderr: await textOf(err) };
}

function streamTo(parts: Uint8Array[]): ByteStream {
  return {
    write: (bytes) => {
      parts.push(bytes.slice());
      return Promise.resolve(bytes.length);
    },
  };
}

async function textOf(parts: readonly Uint8Array[]): Promise<string> {
  return await new Blob(parts as Uint8Array<ArrayBuffer>[]).text();
}
