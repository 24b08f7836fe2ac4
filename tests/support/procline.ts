/** Starts procline the way its users do, and processes for it to sample; ends what it started. */
// deno-lint-ignore-file camelcase -- the names are those on the lines.

/** The directory of this checkout, with a slash at its end. */
export const CHECKOUT: string = decodeURIComponent(
  new URL("../../", import.meta.url).pathname,
);

/** The command that runs procline from its source. */
export const FROM_SOURCE: readonly string[] = [
  Deno.execPath(),
  "run",
  "-A",
  `${CHECKOUT}mod.ts`,
];

/** The line of a process, as far as the tests look at it. */
export interface ProcessLine {
  readonly pid: number;
  readonly ppid: number;
  readonly exe: string | null;
  readonly comm: string;
  readonly state: string;
  readonly num_threads: number;
  readonly rss_bytes: number | null;
  readonly cpu_percentage: number;
  readonly cpu_window_seconds: number | null;
  readonly average_cpu_percentage: number | null;
}

/** The line of a tree, as far as the tests look at it. */
export interface TreeLine {
  readonly epoch_ms: number;
  readonly root_pid: number;
  readonly seq: number;
  readonly num_processes: number;
  readonly num_threads: number;
  readonly rss_bytes: number | null;
  readonly cpu_percentage: number;
  readonly user_cpu_seconds_total: number;
  readonly kernel_cpu_seconds_total: number;
  readonly interval_seconds: number | null;
  readonly missed_samples: number;
}

/** The lines of one sample. */
export interface SampleLines {
  readonly processes: readonly ProcessLine[];
  readonly tree: TreeLine;
}

/** How a program ended, and what it printed. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The surroundings of a program. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `env` is the whole environment. */
  readonly clearEnv?: boolean;
  readonly cwd?: string;
}

/** How long a test waits for a program before it fails. */
const PATIENCE_MS = 20_000;

/** A running program, its input and its lines. It is killed when the test leaves its block. */
export class Child implements AsyncDisposable {
  readonly pid: number;
  /** What it wrote to standard error. It is known when all that share the stream have ended. */
  readonly stderr: Promise<string>;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string, void>;

  /** Starts a program; `argv` is its name and arguments. */
  constructor(argv: readonly string[], options: ChildOptions = {}) {
    this.#child = new Deno.Command(argv[0] ?? "", {
      args: argv.slice(1),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...options.env },
      clearEnv: options.clearEnv ?? false,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }).spawn();
    this.pid = this.#child.pid;
    this.#input = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
    this.stderr = new Response(this.#child.stderr).text();
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const { value } = await patient(this.#lines.next(), "a line");
    if (typeof value === "string") return value;
    throw new Error(`It ended without a further line: ${await this.stderr}`);
  }

  /** Each further line as it comes, up to its end. */
  lines(): AsyncGenerator<string, void> {
    return this.#lines;
  }

  /** All further lines, up to its end. */
  async rest(): Promise<string[]> {
    return await patient(Array.fromAsync(this.#lines), "its last line");
  }

  /** The lines of the next sample that it prints. */
  async sample(): Promise<SampleLines> {
    const processes: ProcessLine[] = [];
    for (;;) {
      const line = JSON.parse(await this.line());
      if (line.kind === "process") processes.push(line);
      if (line.kind === "tree") return { processes, tree: line };
    }
  }

  /** The next sample that meets a condition. */
  async sampleWhere(
    condition: (sample: SampleLines) => boolean,
  ): Promise<SampleLines> {
    for (;;) {
      const sample = await this.sample();
      if (condition(sample)) return sample;
    }
  }

  /** Its exit code; 128 + n after signal n. */
  async code(): Promise<number> {
    return (await patient(this.#child.status, "its end")).code;
  }

  /** Writes to its standard input. */
  async write(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Closes its standard input. The programs that are sampled wait for this. */
  async closeInput(): Promise<void> {
    await this.#input.close().catch(() => {});
  }

  /** Stops reading its lines, as `head` does. */
  async closeOutput(): Promise<void> {
    await this.#lines.return();
  }

  /** Sends it a signal; does nothing if it has ended. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Ends it, and waits for the end of all that it started: of all that hold its output open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeInput();
    this.kill("SIGKILL");
    await this.rest();
    await patient(this.stderr, "the end of all that it started");
    await this.#child.status;
  }
}

/** Starts procline from its source. */
export function startProcline(
  args: readonly string[],
  options: ChildOptions = {},
): Child {
  return new Child([...FROM_SOURCE, ...args], options);
}

/** Runs a program to its end, without input. */
export async function run(
  argv: readonly string[],
  options: ChildOptions = {},
): Promise<Finished> {
  const { code, stdout, stderr } = await patient(
    new Deno.Command(argv[0] ?? "", {
      args: argv.slice(1),
      stdin: "null",
      env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...options.env },
      clearEnv: options.clearEnv ?? false,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }).output(),
    "its end",
  );
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Runs procline from its source to its end. */
export async function runProcline(
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Finished> {
  return await run([...FROM_SOURCE, ...args], options);
}

/** What a run has printed, what was recorded of it, and what that prints. */
export interface Recorded extends Finished {
  readonly recording: string;
  readonly replayed: string;
}

/** Runs procline from its source, and replays what it has recorded. Throws if it fails. */
export async function runRecorded(args: readonly string[]): Promise<Recorded> {
  using directory = new TemporaryDirectory();
  const path = `${directory.path}/recording`;
  const finished = await runProcline([...args, `--record=${path}`]);
  if (finished.code !== 0) throw new Error(finished.stderr);
  const recording = await Deno.readTextFile(path);
  const { stdout } = await runProcline([`--replay=${path}`]);
  return { ...finished, recording, replayed: stdout };
}

/** The samples among lines of JSON. Throws if a line is torn or is not JSON. */
export function parseSamples(stdout: string): SampleLines[] {
  const samples: SampleLines[] = [];
  let processes: ProcessLine[] = [];
  for (const text of splitLines(stdout)) {
    const line = JSON.parse(text);
    if (line.kind === "process") processes.push(line);
    if (line.kind === "tree") {
      samples.push({ processes, tree: line });
      processes = [];
    }
  }
  return samples;
}

/** The lines of a text, without their newlines. Throws if the last line has none. */
export function splitLines(text: string): string[] {
  if (text === "") return [];
  if (!text.endsWith("\n")) throw new Error(`A torn line: ${text.slice(-80)}`);
  return text.slice(0, -1).split("\n");
}

/**
 * Starts a shell script. Its `hold` replaces the shell that calls it by a `cat`, which waits until
 * the test closes the input.
 */
export function startScript(script: string): Child {
  return new Child([
    "sh",
    "-c",
    `exec 3<&0
hold() { exec cat <&3 > /dev/null; }
${script}`,
  ]);
}

/** Starts a shell that says "ready" and turns into a `cat`, with this many others below it. */
export function startTree(cats: number): Child {
  return startScript(
    `for i in $(seq ${cats}); do hold & done; echo ready; hold`,
  );
}

/** Starts a tree in which processes start, run another program and end, all the time. */
export function startBusyTree(): Child {
  return startScript(`
    (hold) &
    echo ready
    while kill -0 $$ 2> /dev/null; do
      sh -c 'i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; exec cat /dev/null'
    done &
    hold
  `);
}

/** A directory that is removed at the end of the block. */
export class TemporaryDirectory implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "procline_test_" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Compiles `NAME.c` of tests/live into a directory, and returns the program. */
export async function compile(
  name: string,
  directory: TemporaryDirectory,
): Promise<string> {
  const program = `${directory.path}/${name}`;
  const source = `${CHECKOUT}tests/live/${name}.c`;
  const { code, stderr } = await run(
    ["cc", "-O1", "-pthread", "-o", program, source],
  );
  if (code !== 0) throw new Error(`Cannot compile "${source}": ${stderr}`);
  return program;
}

/**
 * What was said, but for how many samples were missed, on a busy host that may be most, and for
 * delays that this kernel does not count.
 */
export function besidesMissed(stderr: string): string {
  return stderr.replace(
    /^procline: (?:Missed \d+ of \d+ samples|The collector delays finds nothing while ).*\n/gm,
    "",
  );
}

/** What a test is called, and whether it is ignored. */
export interface Needed {
  /** The test's name; that of an ignored one says why. */
  readonly name: string;
  readonly ignore: boolean;
}

/** What a test that uses tools is called. It is ignored if one of them is missing. */
export function needs(tools: readonly string[], name: string): Needed {
  const missing = tools.filter((tool) => !isInstalled(tool));
  return missing.length === 0
    ? { name, ignore: false }
    : ignored(name, `${missing.join(" and ")} not found`);
}

/** The same for a test that needs root, as it makes mounts or namespaces. */
export function needsRoot(tools: readonly string[], name: string): Needed {
  const needed = needs(tools, name);
  return needed.ignore || Deno.uid() === 0 ? needed : ignored(name, "not root");
}

/** A test that is ignored: its name says why. */
export function ignored(name: string, why: string): Needed {
  return { name: `${name} (ignored: ${why})`, ignore: true };
}

/** Whether a program is in the path, or there is such a file if it is given in full. */
function isInstalled(tool: string): boolean {
  const places = tool.startsWith("/")
    ? [""]
    : (Deno.env.get("PATH") ?? "").split(":").map((place) => `${place}/`);
  return places.some((place) => {
    try {
      return Deno.statSync(`${place}${tool}`).isFile;
    } catch {
      return false;
    }
  });
}

/** Waits until something is so; throws when patience has run out. */
export async function until(isSo: () => boolean): Promise<void> {
  for (const start = performance.now(); !isSo();) {
    if (performance.now() - start > PATIENCE_MS) {
      throw new Error(`Waited ${PATIENCE_MS} ms until ${isSo}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits for a promise; throws when patience has run out. */
async function patient<T>(coming: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Waited ${PATIENCE_MS} ms for ${what}`)),
    PATIENCE_MS,
  );
  try {
    return await Promise.race([coming, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The lines of a stream. Throws if the last line has no newline. */
async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") throw new Error(`A torn line: ${rest.slice(-80)}`);
}
