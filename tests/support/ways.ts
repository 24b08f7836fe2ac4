/**
 * The ways in which people run procline, for tests of what must be the same in each: from source on
 * this Deno, from source on the oldest Deno that is promised, and as the compiled binary.
 */
import { existsSync } from "@std/fs";
import { OLDEST_DENO_PATH } from "../../.ci/_runtime.ts";
import {
  Child,
  type ChildOptions,
  type Finished,
  FROM_SOURCE,
  ignored,
  type Needed,
  run,
} from "./procline.ts";

const BINARY = Deno.env.get("PROCLINE_BINARY") ?? "";

/** One way to run procline. */
export class Way {
  /** What stands before procline's arguments. */
  readonly argv: readonly string[];
  /** What is added to a test's name; empty for this Deno. */
  readonly suffix: string;
  /** Why procline cannot be run so here; null if it can. */
  readonly missing: string | null;

  constructor(
    suffix: string,
    argv: readonly string[],
    missing: string | null = null,
  ) {
    this.suffix = suffix;
    this.argv = argv;
    this.missing = missing;
  }

  /** Starts procline. */
  start(args: readonly string[], options: ChildOptions = {}): Child {
    return new Child([...this.argv, ...args], options);
  }

  /** Runs procline to its end, without input. */
  async run(
    args: readonly string[],
    options: ChildOptions = {},
  ): Promise<Finished> {
    return await run([...this.argv, ...args], options);
  }
}

/** Every way, those that are missing here too. */
export const WAYS: readonly Way[] = [
  new Way("", FROM_SOURCE),
  new Way(
    ", on Deno 2.4",
    [OLDEST_DENO_PATH, ...FROM_SOURCE.slice(1)],
    existsSync(OLDEST_DENO_PATH) ? null : `no ${OLDEST_DENO_PATH}`,
  ),
  new Way(
    ", as the binary",
    [BINARY],
    BINARY === "" ? "PROCLINE_BINARY is not set" : null,
  ),
];

/** A test of each way. `needed` is the test's name, or what it needs besides. */
export function testEachWay(
  needed: string | Needed,
  fn: (procline: Way) => Promise<void>,
): void {
  const { name, ignore } = typeof needed === "string"
    ? { name: needed, ignore: false }
    : needed;
  for (const way of WAYS) {
    const full = `${name}${way.suffix}`;
    Deno.test({
      ...(ignore || way.missing === null
        ? { name: full, ignore }
        : ignored(full, way.missing)),
      fn: async () => await fn(way),
    });
  }
}
