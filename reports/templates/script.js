"use strict";
/* The page reads without this script; it adds tips under the pointer, sortable tables and the marked chapter. */
(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  document.body.append(tip);
  let marked = null;

  const wordsOf = (node) => {
    const title = node.querySelector(":scope > title");
    if (title) { node.dataset.tip = title.textContent; title.remove(); node.setAttribute("aria-label", node.dataset.tip); }
    if (node.title) { node.dataset.tip = node.title; node.removeAttribute("title"); }
    return node.dataset.tip;
  };
  const place = (event) => {
    const box = tip.getBoundingClientRect();
    const x = Math.min(Math.max(event.clientX + 14, 8), innerWidth - box.width - 8);
    const y = event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 12 : event.clientY + 18;
    tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  };
  const hide = () => {
    tip.classList.remove("shown");
    if (marked) marked.classList.remove("marked");
    marked = null;
  };
  const show = (event) => {
    const target = event.target instanceof Element ? event.target.closest(".drawing *, .heat td") : null;
    const words = target && wordsOf(target);
    if (!words) { hide(); return; }
    if (target !== marked) {
      hide();
      marked = target;
      marked.classList.add("marked");
      tip.textContent = words;
      tip.classList.add("shown");
    }
    place(event);
  };
  document.addEventListener("pointermove", show, { passive: true });
  document.addEventListener("pointerdown", show, { passive: true });
  document.addEventListener("scroll", hide, { passive: true, capture: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b, document.documentElement.lang);
  };
  for (const table of document.querySelectorAll(".numbers-table[data-sort]")) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    if (body.rows.length < 2) continue;
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = table.dataset.sort;
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const isNumber = head.classList.contains("n");
        const before = head.getAttribute("aria-sort");
        const order = before ? (before === "descending" ? "ascending" : "descending") : isNumber ? "descending" : "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
        rows.sort((a, b) => sign * compare(a[0], b[0]));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  if ("IntersectionObserver" in window) {
    const watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        const link = links.get(entry.target.id);
        if (!link) continue;
        link.setAttribute("aria-current", "true");
        const bar = link.closest("ul");
        bar.scrollTo({ left: link.offsetLeft - bar.clientWidth / 2, behavior: "auto" });
      }
    }, { rootMargin: "-20% 0px -70% 0px" });
    document.querySelectorAll("section.part").forEach((part) => watcher.observe(part));
  }
  addEventListener("beforeprint", hide);
})();
