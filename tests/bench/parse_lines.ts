/** Parses each line of a file, and keeps none: the least that any reader of lines does. */
let last: unknown = null;
let rest = "";
const file = await Deno.open(Deno.args[0] ?? "");
for await (
  const text of file.readable.pipeThrough(new TextDecoderStream())
) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) last = JSON.parse(line);
}
if (last === null) Deno.exit(1);
