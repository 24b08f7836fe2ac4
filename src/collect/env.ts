/**
 * The collector `env`: variables of the environment of each process, by an explicit list.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { EnvFields } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import {
  type NullReason,
  processReason,
  type Readout,
  whyNothing,
} from "../model/null_reason.ts";
import { parseEnviron, parseEnvironRange } from "../parse/environ.ts";
import { copyText, cutNamedTexts, jsonBytes, quote } from "../text.ts";
import { ReadAtExec } from "./_at_exec.ts";
import type { Collector, ProcessVisit } from "./collector.ts";

/** What names may take of the room, so that some is left for values. */
const NAMES_BYTES = ROOM.env / 2;
/** The quotes of a name, its colon and its comma, and `null`. */
const AROUND_NAME = 8;

/** Which variables the collector reads. */
export interface EnvOptions {
  /** The names of the variables: one at least, none twice. */
  readonly names: readonly string[];
}

/**
 * Adds variables of the environment of each process, as of the start of its program. Nothing is
 * ever read, printed or recorded of other variables.
 *
 * @throws {RangeError} If there is no name, one is empty, holds an equals sign or a NUL, or stands
 * there twice, or they are too long for a line.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { env } from "@procline/procline/collect";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [env({ names: ["NO_SUCH_NAME"] })] });
 * assertEquals(sampler.sample().processes[0]?.env, { NO_SUCH_NAME: null });
 * ```
 */
export function env({ names }: EnvOptions): Collector {
  const why = whyNoVariables(names);
  if (why !== null) throw new RangeError(`Cannot read variables: ${why}`);
  return {
    name: "env",
    unusable: () => null,
    start: (reader) =>
      new ReadAtExec((visit) => readEnv(reader, visit, names), "env"),
  };
}

/** Why these are no names of variables to read, in a sentence's end; null if they are. */
export function whyNoVariables(names: readonly string[]): string | null {
  if (names.length === 0) return "no name is given";
  for (const [i, name] of names.entries()) {
    if (name === "") return "a name is empty";
    if (/[=\0]/.test(name)) {
      return `${quote(name)} holds what no name does: an equals sign or a NUL`;
    }
    if (names.indexOf(name) !== i) return `${quote(name)} stands there twice`;
  }
  const bytes = names.map((name) => jsonBytes(name) + AROUND_NAME)
    .reduce((sum, one) => sum + one);
  return bytes <= NAMES_BYTES
    ? null
    : `the names would take more than ${NAMES_BYTES} bytes of each line`;
}

function readEnv(
  reader: ProcReader,
  { directory, process: { stat } }: ProcessVisit,
  names: readonly string[],
): Readout<EnvFields> {
  const unknown = (reason: NullReason): Readout<EnvFields> => ({
    fields: { env: null, envTruncated: null },
    reasons: { env: reason },
  });
  const path = `${directory}/environ`;
  const read = () =>
    reader.readEnvironment(
      path,
      names,
      (text) => text === "" ? null : parseEnviron(text),
    );
  let { value, reason } = read();
  if (value === null && reason === null) {
    // Without memory it is empty, in the middle of execve(2), and of a program without variables.
    if (stat.state === "Z" || stat.vsize === 0) {
      return unknown(whyNothing(stat));
    }
    const range = reader.read(`${directory}/stat`, parseEnvironRange).value;
    if (range?.envEnd === 0) return unknown("executing");
    // The program has begun since.
    if (range?.envEnd !== range?.envStart) ({ value, reason } = read());
  }
  if (reason !== null) return unknown(processReason(reason, stat));
  const variables = Object.fromEntries(
    names.map((name) => [name, value?.get(name) ?? null]),
  );
  const { texts, isCut } = cutNamedTexts(variables, ROOM.env);
  return {
    fields: {
      env: Object.fromEntries(
        Object.entries(texts).map(([name, text]) => [
          name,
          text === null ? null : copyText(text),
        ]),
      ),
      envTruncated: isCut,
    },
    reasons: null,
  };
}
