/** Checks lines of the format records against docs/records.schema.json. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import schema from "../../docs/records.schema.json" with { type: "json" };

const ajv = new Ajv2020();
const validateLine = ajv.compile(schema);

/** The branch of each kind by itself: trying all branches takes several times as long. */
const BY_KIND: ReadonlyMap<string, ValidateFunction> = new Map(
  schema.oneOf.map((branch) => [
    branch.title,
    ajv.compile({ ...branch, $defs: schema.$defs }),
  ]),
);

/** What is wrong with a line according to the schema, a sentence each. */
export function faultsBySchema(
  line: Readonly<Record<string, unknown>>,
): string[] {
  const validate = BY_KIND.get(String(line.kind)) ?? validateLine;
  if (validate(line)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `The schema says of "${instancePath}": ${message} ${JSON.stringify(params)}`
  );
}

/** Whether the whole schema, as a user compiles it, accepts a line. */
export function isTakenBySchema(line: unknown): boolean {
  return validateLine(line);
}
