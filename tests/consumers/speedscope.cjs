// Opens traces in speedscope; prints as JSON what it says of each. Argument: a directory of traces.
const { createServer } = require("node:http");
const { readFileSync, readdirSync } = require("node:fs");
const { dirname, extname } = require("node:path");
const { chromium } = require("playwright-core");

const manifest = require.resolve("speedscope/package.json");
const release = `${dirname(manifest)}/dist/release`;
const directory = process.argv[2];
const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
};

function serve() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    const type = TYPES[extname(pathname)] ?? "application/octet-stream";
    response.setHeader("Content-Type", type);
    const root = pathname.startsWith("/traces/") ? directory : release;
    response.end(readFileSync(root + pathname.replace("/traces", "")));
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(server))
  );
}

async function main() {
  const server = await serve();
  const host = `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--use-gl=swiftshader"],
  });
  const traces = [];
  try {
    for (const name of readdirSync(directory)) {
      const page = await browser.newPage();
      const messages = [];
      page.on("console", (message) => messages.push(message.text()));
      page.on("pageerror", (error) => messages.push(String(error)));
      const trace = encodeURIComponent(`${host}/traces/${name}`);
      await page.goto(`${host}/index.html#profileURL=${trace}`);
      const counted = page.getByText(/ \(pid 1\), lane \d+ \(tid \d+\)/);
      await counted.first().waitFor({ timeout: 20_000 });
      const title = await counted.first().innerText();
      traces.push({ name, title, messages });
      await page.close();
    }
    const { version } = JSON.parse(readFileSync(manifest, "utf8"));
    process.stdout.write(JSON.stringify({ version, traces }));
  } finally {
    await browser.close();
    server.close();
  }
}

main();
