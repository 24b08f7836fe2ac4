/** Programs in C that the soak watches. */
import { CHECKOUT, run, TemporaryDirectory } from "../support/procline.ts";

/** A program that was compiled. It is removed with its block. */
export class Program implements Disposable {
  readonly path: string;
  readonly #directory: TemporaryDirectory;

  private constructor(directory: TemporaryDirectory, path: string) {
    this.#directory = directory;
    this.path = path;
  }

  /** Compiles `tests/soak/<name>.c`. */
  static async compile(name: string): Promise<Program> {
    const directory = new TemporaryDirectory();
    const path = `${directory.path}/${name}`;
    const { code, stderr } = await run([
      ..."cc -O2 -pthread -o".split(" "),
      path,
      `${CHECKOUT}tests/soak/${name}.c`,
    ]);
    if (code === 0) return new Program(directory, path);
    directory[Symbol.dispose]();
    throw new Error(stderr);
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}
