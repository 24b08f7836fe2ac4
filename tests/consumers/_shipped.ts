/** The ready files of docs/ship, as a consumer's check uses them: with other paths. */
import { CHECKOUT } from "../support/procline.ts";

/**
 * The text of a file in docs/ship, with paths replaced.
 *
 * @throws {Error} If what is to be replaced is not in it.
 */
export async function shipped(
  name: string,
  replaced: Readonly<Record<string, string>> = {},
): Promise<string> {
  let text = await Deno.readTextFile(`${CHECKOUT}docs/ship/${name}`);
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}
