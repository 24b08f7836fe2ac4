/**
 * The version of procline.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };

/** As deno.json has it. */
export const VERSION: string = config.version;
