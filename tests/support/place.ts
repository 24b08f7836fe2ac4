import { Child, type Finished, run, TemporaryDirectory } from "./procline.ts";

/** A directory in which a shell runs procline. */
export class Place implements Disposable {
  readonly #directory = new TemporaryDirectory();
  readonly #procline: string;

  /** `argv` is what stands before the arguments of procline. */
  constructor(argv: readonly string[]) {
    this.#procline = argv.map((word) => `'${word}'`).join(" ");
  }

  path(name: string): string {
    return `${this.#directory.path}/${name}`;
  }

  read(name: string): string {
    return Deno.readTextFileSync(this.path(name));
  }

  /** What is in it, the files without a name that is shown too. */
  names(directory = ""): string[] {
    return Array.from(
      Deno.readDirSync(this.path(directory)),
      ({ name }) => name,
    ).sort();
  }

  has(name: string): boolean {
    return this.names().includes(name);
  }

  /** Runs a script of a shell, whose `procline` is this one; `$$` is a process to sample. */
  async run(script: string): Promise<Finished> {
    return await run(this.#shell(script), { cwd: this.path("") });
  }

  /** Starts such a script. */
  start(script: string): Child {
    return new Child(this.#shell(script), { cwd: this.path("") });
  }

  #shell(script: string): string[] {
    const text = script.replaceAll("procline ", `${this.#procline} `);
    return ["bash", "-c", text];
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}
