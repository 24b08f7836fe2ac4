/** Checks lines of the format records against docs/records.schema.json. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import schema from "../../docs/records.schema.json" with { type: "json" };

const ajv = new Ajv2020();
const validateLine = ajv.compile(schema);

/** The branch of each kind by itself: to try them all takes some times as long. */
const BY_KIND: ReadonlyMap<string, ValidateFunction> = new Map(
  schema.oneOf.map((branch) => [
    branch.title,
    ajv.compile({ ...branch, $defs: schema.$defs }),
  ]),
);

/** What is wrong with a line by the schema, a sentence each. */
export function faultsBySchema(
  line: Readonly<Record<string, unknown>>,
): string[] {
  const validate = BY_KIND.get(String(line.kind)) ?? validateLine;
  if (validate(line)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `The schema says of "${instancePath}": ${message} ${JSON.stringify(params)}`
  );
}

/** Whether the whole schema, as a user compiles it, takes a line. */
export function isTakenBySchema(line: unknown): boolean {
  return validateLine(line);
}
