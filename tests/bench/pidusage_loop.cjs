// Samples a tree with pidtree and pidusage, and prints a line of JSON for each process:
// pidusage_loop.cjs ROOT SAMPLES MILLISECONDS_BETWEEN
const { setTimeout } = require("node:timers/promises");
const { pidtree } = require("pidtree");
const pidusage = require("pidusage");

async function main([root, samples, pause]) {
  for (let i = 0; i < samples; i++) {
    if (i > 0) await setTimeout(pause);
    const usage = await pidusage(await pidtree(root, { root: true }));
    process.stdout.write(
      Object.values(usage).map((line) => JSON.stringify(line) + "\n").join(""),
    );
  }
  pidusage.clear();
}

main(process.argv.slice(2).map(Number));
