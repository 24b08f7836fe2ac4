/**
 * What a report can do where scripts may run: show the values at a time, zoom, sort tables. The
 * report reads without it.
 */

/** The few things of a browser's page that the script uses, see the DOM standard. */
export interface PageElement {
  readonly dataset: Record<string, string | undefined>;
  readonly style: Record<string, string>;
  readonly children: ArrayLike<PageElement>;
  readonly tagName: string;
  readonly isConnected: boolean;
  textContent: string | null;
  hidden: boolean;
  append(...elements: PageElement[]): void;
  closest(selector: string): PageElement | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): ArrayLike<PageElement>;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  getBoundingClientRect(): { left: number; top: number; width: number };
  addEventListener(name: string, listener: (event: PageEvent) => void): void;
}

/** A pointer or a key. */
export interface PageEvent {
  readonly clientX: number;
  readonly clientY: number;
  readonly key: string;
  readonly target: PageElement;
  preventDefault(): void;
}

/** A page. */
export interface Page {
  readonly body: PageElement;
  createElement(name: string): PageElement;
  querySelectorAll(selector: string): ArrayLike<PageElement>;
  addEventListener(name: string, listener: (event: PageEvent) => void): void;
}

/** The script. It is printed as it stands here, so it uses nothing but its argument. */
export function enhance(page: Page): void {
  const plots = Array.from(page.querySelectorAll("svg.time"));
  const tip = page.createElement("div");
  tip.setAttribute("class", "tip");
  tip.setAttribute("role", "status");
  tip.hidden = true;
  // A line at one time through all charts.
  const cursor = page.createElement("div");
  cursor.setAttribute("class", "cursor");
  cursor.hidden = true;
  page.body.append(tip, cursor);

  /** What is seen of the time: from where to where, from 0 to 1. */
  let [from, to] = [0, 1];
  const zoom = (left: number, right: number): void => {
    if (right - left < 0.001) return;
    [from, to] = [left, right];
    for (const plot of plots) {
      plot.style.width = `${100 / (to - from)}%`;
      plot.style.marginLeft = `${-100 * from / (to - from)}%`;
    }
  };
  const timeAt = (plot: PageElement, clientX: number): number => {
    const { left, width } = plot.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - left) / width));
  };

  const rowsOf = (plot: PageElement): PageElement[] => {
    const { chart } = plot.dataset;
    return chart === undefined
      ? []
      : Array.from(page.querySelectorAll(`#${chart}-numbers tbody tr`));
  };
  const show = (plot: PageElement, event: PageEvent): void => {
    cursor.hidden = false;
    cursor.style.left = `${event.clientX}px`;
    const rows = rowsOf(plot);
    const at = timeAt(plot, event.clientX);
    let nearest: PageElement | null = null;
    let least = Infinity;
    for (const row of rows) {
      const distance = Math.abs(Number(row.dataset.at) - at);
      if (distance < least) [nearest, least] = [row, distance];
    }
    if (nearest === null) return;
    const table = nearest.closest("table");
    const heads = Array.from(table?.querySelectorAll("thead th") ?? []);
    const cells = Array.from(nearest.children)
      .map((cell) => (cell.textContent ?? "").trim());
    tip.textContent = heads.map((head, i) => {
      const unit = i === 0 ? "" : table?.dataset.unit ?? "";
      return cells[i] === "0"
        ? ""
        : `${head.textContent ?? ""}: ${cells[i] ?? ""}${unit}`;
    }).filter((line) => line !== "").join("\n");
    tip.hidden = false;
    tip.style.left = `${Math.max(0, event.clientX + 12)}px`;
    tip.style.top = `${event.clientY + 12}px`;
  };

  for (const plot of plots) {
    let pressedAt: number | null = null;
    plot.addEventListener("pointermove", (event) => show(plot, event));
    plot.addEventListener("pointerleave", () => {
      tip.hidden = true;
      cursor.hidden = true;
      pressedAt = null;
    });
    plot.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      pressedAt = timeAt(plot, event.clientX);
    });
    plot.addEventListener("pointerup", (event) => {
      if (pressedAt === null) return;
      const now = timeAt(plot, event.clientX);
      zoom(Math.min(pressedAt, now), Math.max(pressedAt, now));
      pressedAt = null;
    });
    plot.addEventListener("dblclick", () => zoom(0, 1));
  }
  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape") zoom(0, 1);
  });

  const valueOf = (row: PageElement, column: number): string | number => {
    const cell = row.children[column];
    const value = (cell?.dataset.value ?? cell?.textContent ?? "").trim();
    return value === "" || Number.isNaN(Number(value)) ? value : Number(value);
  };
  const sort = (head: PageElement): void => {
    const body = head.closest("table")?.querySelector("tbody");
    if (body === null || body === undefined) return;
    const heads = Array.from(head.closest("tr")?.children ?? []);
    const column = heads.indexOf(head);
    const isFalling = head.getAttribute("aria-sort") === "descending";
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", isFalling ? "ascending" : "descending");
    const rows = Array.from(body.children).sort((a, b) => {
      const [one, other] = [valueOf(a, column), valueOf(b, column)];
      const order = typeof one === "number" && typeof other === "number"
        ? one - other
        : String(one).localeCompare(String(other));
      return isFalling ? order : -order;
    });
    body.append(...rows);
  };
  for (
    const head of Array.from(page.querySelectorAll("table.sorts thead th"))
  ) {
    head.setAttribute("tabindex", "0");
    head.addEventListener("click", () => sort(head));
    head.addEventListener("keydown", (event) => {
      if (event.key === "Enter") sort(head);
    });
  }
}
