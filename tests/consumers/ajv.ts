/** ajv, with the schema that `procline --schema` prints. */
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Consumer } from "./consumer.ts";
import { linesOf, oddLines } from "./_recorded.ts";

/** A JSON Schema validator; what it takes, other validators of 2020-12 take. */
export const ajv: Consumer = {
  name: "ajv",
  set: "small",
  needs: [],
  check: async (context) => {
    const schema = JSON.parse(await context.procline(["--schema"]));
    const validate = new Ajv2020({ discriminator: true })
      .compile(schema);
    const lines = linesOf(await oddLines(context));
    for (const line of lines) {
      if (validate(JSON.parse(line))) continue;
      throw new Error(`${JSON.stringify(validate.errors)}: ${line}`);
    }
    for (const damage of [{ kind: "none" }, { rss_byte: 1 }]) {
      const [line = ""] = lines.filter((line) => line.includes('"process"'));
      if (validate({ ...JSON.parse(line), ...damage })) {
        throw new Error(`The schema takes ${JSON.stringify(damage)}`);
      }
    }
    return {
      version: "8.20.0",
      lines: lines.length,
      compared: "each line valid, an unknown kind and a wrong name refused",
    };
  },
};
