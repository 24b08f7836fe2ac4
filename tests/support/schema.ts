/** Checks lines of the format records against docs/records.schema.json. */
import { Ajv2020 } from "ajv/dist/2020.js";
import schema from "../../docs/records.schema.json" with { type: "json" };

const validate = new Ajv2020({ discriminator: true }).compile(schema);

/** What is wrong with a line by the schema, a sentence each. */
export function faultsBySchema(line: unknown): string[] {
  if (validate(line)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `The schema says of "${instancePath}": ${message} ${JSON.stringify(params)}`
  );
}
