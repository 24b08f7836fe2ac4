/** A terminal to run a program in, and to see what it shows: a pane of tmux. */

import { TemporaryDirectory } from "./procline.ts";

/** How long a test waits for what it expects to see. */
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 20;

/** The flags of a pane: what full-screen programs change, and have to restore. */
export interface PaneFlags {
  readonly isAlternate: boolean;
  readonly hasCursor: boolean;
  readonly wraps: boolean;
}

/** A pane with a program in it. All that runs in it ends with the test's block. */
export class Pane implements AsyncDisposable {
  readonly #directory = new TemporaryDirectory();

  /**
   * Opens a pane and runs a script of bash in it; `$FILES` is a directory for the files of the
   * test.
   */
  static async open(
    size: { readonly columns: number; readonly rows: number },
    script: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Pane> {
    const pane = new Pane();
    const variables = Object.entries({
      DENO_NO_UPDATE_CHECK: "1",
      FILES: pane.#directory.path,
      PS1: "$ ",
      ...env,
    }).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const { columns, rows } = size;
    await pane.#tmux(
      ...["-f", "/dev/null", "new-session", "-d", ...variables],
      ...["-x", String(columns), "-y", String(rows)],
      ...["env", "-u", "NO_COLOR", ...(env.NO_COLOR ? ["NO_COLOR=1"] : [])],
      ...["bash", "--norc", "-c", script],
    );
    return pane;
  }

  /** The path of a file of the test. */
  file(name: string): string {
    return `${this.#directory.path}/${name}`;
  }

  /** The lines that are seen, without empty ones at the end. */
  async lines(): Promise<string[]> {
    const text = await this.#tmux("capture-pane", "-p");
    return text.trimEnd().split("\n");
  }

  /** What is seen, with the sequences that give it colours and weight. */
  async styled(): Promise<string> {
    return await this.#tmux("capture-pane", "-p", "-e");
  }

  /** Waits until what is seen meets a condition, and returns its lines. */
  async until(
    what: string,
    condition: (lines: readonly string[]) => boolean,
  ): Promise<string[]> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const lines = await this.lines();
      if (condition(lines)) return lines;
      if (Date.now() > deadline) {
        throw new Error(`Waited for ${what}, and saw:\n${lines.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  async flags(): Promise<PaneFlags> {
    const text = await this.#tmux(
      ...["display-message", "-p"],
      "#{alternate_on}#{cursor_flag}#{wrap_flag}",
    );
    return {
      isAlternate: text[0] === "1",
      hasCursor: text[1] === "1",
      wraps: text[2] === "1",
    };
  }

  /** Presses keys, by the names that tmux has for them. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux(
      ...["resize-window", "-x", String(columns), "-y", String(rows)],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
    this.#directory[Symbol.dispose]();
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-S", this.file("socket"), ...args],
      stdin: "null",
      env: { LC_ALL: "C.UTF-8" },
    }).output();
    const decoder = new TextDecoder();
    if (code !== 0) throw new Error(decoder.decode(stderr));
    return decoder.decode(stdout);
  }
}
