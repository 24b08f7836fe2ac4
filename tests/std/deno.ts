/**
 * Runs deno with `@std/...` resolved: from JSR if it answers, else from the stand-ins in this
 * folder.
 *
 *     deno run -A tests/std/deno.ts SUBCOMMAND [ARGUMENTS]
 *
 * An import map on the command line takes the place of the imports in deno.json. The package's own
 * name resolves with either.
 */
// deno-lint-ignore-file no-console -- a tool prints.
import { fileURLToPath } from "node:url";

const PROBE = "https://jsr.io/@std/assert/meta.json";
const PROBE_TIMEOUT_MS = 3_000;
/** The environment variable that hands the flags over to a program that this one runs. */
const FLAGS = "PROCLINE_STD_FLAGS";

/**
 * The flags that a deno subcommand needs here to resolve `@std/...`. Asks JSR once, and says so on
 * stderr if it does not answer.
 */
export async function stdFlags(): Promise<string[]> {
  const found = Deno.env.get(FLAGS);
  if (found !== undefined) return JSON.parse(found);
  const failure = await probe();
  if (failure === undefined) return [];
  console.error(
    `JSR does not answer (${failure}): "@std/..." is taken from tests/std/`,
  );
  return [
    "--import-map",
    fileURLToPath(import.meta.resolve("./import_map.json")),
  ];
}

async function probe(): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(PROBE, {
      method: "HEAD",
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    return ok ? undefined : `status ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

if (import.meta.main) {
  const [subcommand = "help", ...rest] = Deno.args;
  const flags = await stdFlags();
  const command = new Deno.Command(Deno.execPath(), {
    args: [subcommand, ...flags, ...rest],
    env: { [FLAGS]: JSON.stringify(flags) },
  });
  Deno.exitCode = (await command.spawn().status).code;
}
