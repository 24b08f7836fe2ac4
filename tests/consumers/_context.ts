/** What a check of a consumer is given. */
import { type Finished, FROM_SOURCE } from "../support/procline.ts";
import type { Context, Daemon, RunOptions } from "./consumer.ts";
import { startHostileTree } from "./_hostile.ts";
import { environmentOf } from "./needs.ts";

const GRACE_MS = 5_000;

/** Makes the context of a check. What it has started gets SIGTERM when the signal is aborted. */
export function contextOf(
  directory: string,
  paths: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Context {
  const environments = [...paths.values()].map(environmentOf);
  const command = (argv: readonly string[], options: RunOptions) => {
    const [name = "", ...args] = argv;
    return new Deno.Command(paths.get(name) ?? name, {
      args,
      cwd: options.cwd ?? directory,
      env: {
        NO_COLOR: "1",
        DENO_NO_UPDATE_CHECK: "1",
        ...joined(environments),
        ...options.env,
      },
      stdin: options.input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      signal,
    });
  };
  const run = async (
    argv: readonly string[],
    options: RunOptions = {},
  ): Promise<Finished> => {
    const child = command(argv, options).spawn();
    const written = options.input === undefined
      ? Promise.resolve()
      : write(child.stdin, options.input);
    const [{ code, stdout, stderr }] = await Promise.all([
      child.output(),
      written,
    ]);
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  };
  const runWell = async (
    argv: readonly string[],
    options: RunOptions = {},
  ): Promise<string> => {
    const { code, stdout, stderr } = await run(argv, options);
    if (code === 0) return stdout;
    throw new Error(
      `${argv.join(" ")}: exit code ${code}\n${stderr}${stdout.slice(0, 2000)}`,
    );
  };
  return {
    directory,
    path: (need) => {
      const path = paths.get(need);
      if (path === undefined) throw new Error(`${need} is no need`);
      return path;
    },
    run,
    runWell,
    start: (argv, options = {}) => new Running(command(argv, options).spawn()),
    procline: async (args) => await runWell([...FROM_SOURCE, ...args]),
    proclineCommand: FROM_SOURCE,
    startHostileTree: async () => await startHostileTree(directory),
  };
}

/** All variables: each is a list of paths, which several may add to. */
function joined(
  environments: readonly Readonly<Record<string, string>>[],
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, paths] of environments.flatMap(Object.entries<string>)) {
    all[name] = name in all ? `${all[name]}:${paths}` : paths;
  }
  return all;
}

/** Writes all of an input. A program that ends before it has read all of it is no error. */
async function write(
  stdin: WritableStream<Uint8Array>,
  text: string,
): Promise<void> {
  try {
    await ReadableStream.from([new TextEncoder().encode(text)]).pipeTo(stdin);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

class Running implements Daemon {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #copied: Promise<unknown>;
  #output = "";

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.pid = child.pid;
    this.#copied = Promise.all(
      [child.stdout, child.stderr].map((stream) => this.#copy(stream)),
    );
  }

  output(): string {
    return this.#output;
  }

  async stop(): Promise<void> {
    this.#kill("SIGTERM");
    const timer = setTimeout(() => this.#kill("SIGKILL"), GRACE_MS);
    await this.#child.status;
    clearTimeout(timer);
    await this.#copied;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #copy(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#output += text;
    }
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has ended.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

/**
 * The version of a program of Prometheus' project; of its releases, some say it on stdout, others
 * on stderr.
 */
export async function versionOf(
  context: Context,
  program: string,
): Promise<string> {
  const { stdout, stderr } = await context.run([program, "--version"]);
  return /version (\S+)/.exec(stdout + stderr)?.[1] ?? "";
}

/** A port of the loopback that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Asks again and again until there is an answer, as of a server that is about to start: an error is
 * none.
 *
 * @throws {Error} If there is none within the time, 20 seconds if none is given.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  patienceMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  let failure: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited ${patienceMs} ms for ${what}`, { cause: failure });
}
