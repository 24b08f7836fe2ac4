/** Debian's Python, and whether it has psutil, with which procline is compared. */

import { ignored, type Needed, needs, run } from "./procline.ts";

/** Debian's own interpreter: the package python3-psutil is for this one. */
export const PYTHON = "/usr/bin/python3";

/** Whether it has psutil. */
export const hasPsutil: boolean = await run([PYTHON, "-c", "import psutil"])
  .then(({ code }) => code === 0, () => false);

/** What a test is called that needs psutil, and tools. It is ignored if one of them is missing. */
export function needsPsutil(tools: readonly string[], name: string): Needed {
  const test = needs(tools, name);
  return test.ignore || hasPsutil
    ? test
    : ignored(name, `${PYTHON} has no psutil`);
}
