/** The tree at its worst: churn.c, compiled and run. */
import {
  CHECKOUT,
  Child,
  run,
  TemporaryDirectory,
} from "../support/procline.ts";

/** How many processes sleep in a crowd. */
const CROWD = 2500;

/** The tree. It ends with its block. */
export class Churn implements AsyncDisposable {
  /** The process id of its root. */
  readonly root: number;
  /** A process that uses half a core until its end. */
  readonly busy: number;
  /** Processes that do nothing, from the start to the end. */
  readonly stable: readonly number[];
  readonly #child: Child;
  readonly #directory: TemporaryDirectory;

  private constructor(
    child: Child,
    of: {
      readonly directory: TemporaryDirectory;
      readonly pids: readonly number[];
    },
  ) {
    const [busy = 0, ...stable] = of.pids;
    this.#child = child;
    this.#directory = of.directory;
    this.root = child.pid;
    this.busy = busy;
    this.stable = stable;
  }

  /** Compiles and starts it. */
  static async start(): Promise<Churn> {
    const directory = new TemporaryDirectory();
    const program = `${directory.path}/churn`;
    const source = `${CHECKOUT}tests/soak/churn.c`;
    const { code, stderr } = await run([
      ..."cc -O2 -pthread -o".split(" "),
      program,
      source,
    ]);
    if (code !== 0) {
      directory[Symbol.dispose]();
      throw new Error(stderr);
    }
    const child = new Child([program, `${CROWD}`]);
    const pids = (await child.line()).split(" ").slice(1).map(Number);
    return new Churn(child, { directory, pids });
  }

  /** Starts the short-lived processes and the crowds. */
  async go(): Promise<void> {
    await this.#child.write("go\n");
  }

  /**
   * Ends all processes except the busy one and the stable ones. Returns how many it had started.
   */
  async calm(): Promise<number> {
    await this.#child.write("calm\n");
    return Number((await this.#child.line()).split(" ")[1]);
  }

  /** Ends the busy process, and returns the CPU seconds it used, by wait4(2). */
  async endBusy(): Promise<number> {
    await this.#child.write("end\n");
    return Number((await this.#child.line()).split(" ")[1]);
  }

  /** Ends it and all that it started. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.closeInput();
    await this.#child.code();
    await this.#child[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }
}
