/**
 * The version of procline.
 *
 * @module
 */

/** As deno.json has it, which is not read for it: that would be one more file to fetch, at each start. */
export const VERSION = "0.1.0";
