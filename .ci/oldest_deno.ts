/**
 * Fetches the oldest Deno that is promised to run procline: the tests of commands run on it too.
 * Exits with 3 if there is none for this machine.
 */
import { fetchOldestDeno } from "./_runtime.ts";

Deno.exit(await fetchOldestDeno() ? 0 : 3);
