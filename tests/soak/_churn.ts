/** The tree at its worst: churn.c, compiled and run. */
import { Child } from "../support/procline.ts";
import type { OwnCgroup } from "./_cgroup.ts";
import { Program } from "./_program.ts";

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
  readonly #program: Program;

  private constructor(
    child: Child,
    of: {
      readonly program: Program;
      readonly pids: readonly number[];
    },
  ) {
    const [busy = 0, ...stable] = of.pids;
    this.#child = child;
    this.#program = of.program;
    this.root = child.pid;
    this.busy = busy;
    this.stable = stable;
  }

  /** Compiles and starts it, in a cgroup if there is one. */
  static async start(cgroup: OwnCgroup | null): Promise<Churn> {
    const program = await Program.compile("churn");
    const child = new Child([program.path, `${CROWD}`]);
    const pids = (await child.line()).split(" ").slice(1).map(Number);
    // It has started some by now.
    for (const pid of [child.pid, ...pids]) cgroup?.add(pid);
    return new Churn(child, { program, pids });
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
    this.#program[Symbol.dispose]();
  }
}
