// Runs the statements of a file in DuckDB; prints its version and the rows of each, as JSON.
const { readFileSync } = require("node:fs");
const { DuckDBInstance, version } = require("@duckdb/node-api");

async function main() {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const script = await connection.extractStatements(
    readFileSync(process.argv[2], "utf8"),
  );
  const results = [];
  for (let i = 0; i < script.count; i++) {
    const statement = await script.prepare(i);
    const reader = await statement.runAndReadAll();
    results.push(reader.getRowObjectsJson());
  }
  process.stdout.write(JSON.stringify({ version: version(), results }));
}

main();
