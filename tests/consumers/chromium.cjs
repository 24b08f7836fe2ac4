// Opens reports in Chromium, at widths, light and dark, with and without scripts; prints as JSON
// what it saw. Arguments: a directory of pages, into which screenshots go too.
const { createServer } = require("node:http");
const { readFileSync, readdirSync } = require("node:fs");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const directory = process.argv[2];
/** What Jenkins sends with the files that a build has kept. */
const JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'";
const WIDTHS = [400, 1200, 2000];

function serve() {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://host");
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    if (searchParams.has("jenkins")) {
      response.setHeader("Content-Security-Policy", JENKINS);
    }
    if (pathname === "/favicon.ico") return response.end();
    response.end(readFileSync(`${directory}${pathname}`));
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(server))
  );
}

/** In the page: the layers of a chart at some of its instants, as drawn and as its table says. */
function layersDrawn(name) {
  const chart = document.querySelector(`svg[data-chart="${name}"]`);
  const height = Number(chart.dataset.bottom) - Number(chart.dataset.top);
  const areas = [...chart.querySelectorAll("path:not([fill=none])")];
  const axis = [...chart.closest("tr").querySelectorAll("td:first-child text")];
  const areaPoints = areas.map((area) =>
    area.getAttribute("d").split("L").slice(1, -1)
      .map((point) => point.replace("Z", "").split(" ").map(Number))
  );
  const rows = [...document.querySelectorAll(`#${name}-numbers tbody tr`)]
    .map((row) => [...row.children].map((cell) => Number(cell.textContent)));
  return { height, top: axis.at(-1).textContent, areaPoints, rows };
}

/** In the page: the heads of the table of a chart, and its row that is nearest to a point. */
function rowBelow([name, clientX]) {
  const plot = document.querySelector(`svg[data-chart="${name}"]`);
  const { left, width } = plot.getBoundingClientRect();
  const at = (clientX - left) / width;
  const text = (cell) => cell.textContent.trim();
  const rows = [...document.querySelectorAll(`#${name}-numbers tbody tr`)];
  const distance = (row) => Math.abs(Number(row.dataset.at) - at);
  const least = Math.min(...rows.map(distance));
  const row = rows.find((one) => distance(one) === least);
  const heads = document.querySelectorAll(`#${name}-numbers thead th`);
  return {
    heads: [...heads].map(text),
    cells: row === undefined ? [] : [...row.children].map(text),
  };
}

async function look(browser, server, name) {
  const { port } = server.address();
  const url = `http://127.0.0.1:${port}/${name}`;
  const seen = { name, messages: [], sizes: [], found: [] };
  for (const colorScheme of ["light", "dark"]) {
    for (const width of WIDTHS) {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width, height: 1000 },
      });
      const page = await context.newPage();
      page.on("console", (message) => seen.messages.push(message.text()));
      page.on("pageerror", (error) => seen.messages.push(String(error)));
      await page.goto(url);
      seen.sizes.push({
        width,
        scrolls: await page.evaluate(() =>
          document.documentElement.scrollWidth >
            document.documentElement.clientWidth
        ),
      });
      await page.screenshot({
        path: `${directory}/${name}.${width}.${colorScheme}.png`,
        fullPage: true,
      });
      if (width === 1200) {
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        for (const { id, impact, nodes } of violations) {
          const target = nodes[0].target.join(" ");
          seen.found.push({ colorScheme, id, impact, target });
        }
        if (colorScheme === "light") Object.assign(seen, await use(page));
      }
      await context.close();
    }
  }
  const page = await browser.newPage({
    viewport: { width: 1200, height: 1000 },
  });
  await page.goto(`${url}?jenkins`);
  seen.jenkins = await page.evaluate(() => ({
    styled: getComputedStyle(document.body).maxWidth !== "none",
    scripts: document.querySelector(".tip") !== null,
    text: document.body.innerText.length,
    drawn: [...document.querySelectorAll("path, svg rect")]
      .filter((one) => one.getBoundingClientRect().width > 0).length,
  }));
  await page.screenshot({
    path: `${directory}/${name}.jenkins.png`,
    fullPage: true,
  });
  await page.goto(url);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  seen.printed = await page.evaluate(() =>
    getComputedStyle(document.body).color
  );
  await page.screenshot({
    path: `${directory}/${name}.print.png`,
    fullPage: true,
  });
  await page.close();
  return seen;
}

/** Points at the CPU chart, zooms, and sorts a table. */
async function use(page) {
  const chart = page.locator('svg[data-chart="cpu1"]');
  const layers = {
    cpu: await page.evaluate(layersDrawn, "cpu1"),
    memory: await page.evaluate(layersDrawn, "memory1"),
  };
  await chart.scrollIntoViewIfNeeded();
  const hovers = [];
  for (const part of [0, 0.13, 0.37, 0.5, 0.77, 1]) {
    const { x, y, width } = await chart.boundingBox();
    const clientX = x + Math.min(part * width, width - 1);
    await page.mouse.move(clientX, y + 40);
    hovers.push({
      part,
      ...await page.evaluate(rowBelow, ["cpu1", clientX]),
      tip: await page.locator(".tip").evaluate((tip) =>
        tip.hidden ? null : tip.textContent
      ),
    });
  }
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  await page.mouse.up();
  const zoomed = (await chart.boundingBox()).width / box.width;
  await page.keyboard.press("Escape");
  const restored = (await chart.boundingBox()).width / box.width;
  const column = () =>
    page.locator("#groups1 tbody tr td:nth-child(3)").evaluateAll((cells) =>
      cells.map((cell) => Number(cell.dataset.value))
    );
  const head = page.locator("#groups1 thead th:nth-child(3)");
  await head.click();
  const falling = await column();
  await head.click();
  const rising = await column();
  return { layers, hovers, zoomed, restored, falling, rising };
}

async function main() {
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox"],
  });
  try {
    const pages = readdirSync(directory).filter((name) =>
      name.endsWith(".html")
    );
    const looked = [];
    for (const name of pages) looked.push(await look(browser, server, name));
    process.stdout.write(
      JSON.stringify({ version: browser.version(), pages: looked }),
    );
  } finally {
    await browser.close();
    server.close();
  }
}

main();
