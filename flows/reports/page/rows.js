"use strict";
// The table of all rows: unpacks what the page carries, searches, filters, and shows a page of it at a time. What came
// from outside only ever becomes text of a node.
(async () => {
  const PER_PAGE = 50;
  const byId = (id) => document.getElementById(id);
  const packed = byId("row-data");
  if (!packed) return;
  const columns = JSON.parse(await unpacked(packed.textContent));
  const count = columns.row.texts.length;
  const cell = (name, at) => {
    const column = columns[name];
    return column ? column.texts[column.at ? column.at[at] : at] : "";
  };
  const masked = packed.dataset.masked === "true";
  const shown = JSON.parse(packed.dataset.columns); // [column, heading, class]…
  const filters = { outcome: byId("filter-outcome"), variables: byId("filter-variables"), kind: byId("filter-kind") };
  const search = byId("search");
  const haystacks = new Array(count);
  let found = [];
  let page = 0;

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  function haystack(at) {
    haystacks[at] ??= shown.map(([name]) => cell(name, at)).join("\n").toLowerCase();
    return haystacks[at];
  }

  // What a row must hold, each of them in one of its ways: a number typed in full also as the page shows it.
  function needles() {
    const text = search.value.trim().toLowerCase();
    const digits = text.replace(/[\s().+-]/g, "");
    if (masked && /^\d{7,}$/.test(digits)) return [[text, "••••" + digits.slice(-4)]];
    return text.split(/\s+/).filter(Boolean).map((word) => [word]);
  }

  function matches(at, wanted, words) {
    for (const [name, value] of wanted) {
      const own = cell(name, at);
      if (Array.isArray(own) ? !own.includes(value) : own !== value) return false;
    }
    return words.every((ways) => ways.some((way) => haystack(at).includes(way)));
  }

  function find() {
    const wanted = Object.entries(filters).filter(([, box]) => box && box.value).map(([name, box]) => [name, box.value]);
    const words = needles();
    found = [];
    for (let at = 0; at < count; at++) if (matches(at, wanted, words)) found.push(at);
    show(0);
  }

  function show(wantedPage) {
    const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
    page = Math.min(Math.max(0, wantedPage), pages - 1);
    byId("row-lines").replaceChildren(...found.slice(page * PER_PAGE, (page + 1) * PER_PAGE).map(line));
    const number = (n) => n.toLocaleString("en");
    byId("row-count").textContent =
      `${number(found.length)} of ${number(count)} rows` + (pages > 1 ? `, page ${number(page + 1)} of ${number(pages)}` : "");
    for (const id of ["first", "previous"]) byId(id).disabled = page === 0;
    for (const id of ["next", "last"]) byId(id).disabled = page === pages - 1;
    byId("paging").hidden = pages === 1;
  }

  function line(at) {
    const row = document.createElement("tr");
    for (const [name, heading, css] of shown) {
      const box = document.createElement(name === "row" ? "th" : "td");
      if (name === "row") box.scope = "row";
      box.dataset.label = heading;
      box.className = css;
      const text = document.createElement("span");
      text.textContent = cell(name, at);
      if (name === "outcome") text.className = `tag b-${cell("bucket", at)}`;
      box.append(text);
      row.append(box);
    }
    return row;
  }

  function fill(name) {
    const box = filters[name];
    const counts = new Map();
    for (let at = 0; at < count; at++)
      for (const value of [cell(name, at)].flat()) if (value) counts.set(value, (counts.get(value) || 0) + 1);
    for (const [value, times] of [...counts].sort((one, other) => other[1] - one[1]).slice(0, 200)) {
      const text = value.length > 90 ? value.slice(0, 89) + "…" : value;
      box.append(new Option(`${text} (${times.toLocaleString("en")})`, value));
    }
    box.closest("label").hidden = counts.size < 1;
  }

  for (const name of Object.keys(filters)) {
    if (columns[name]) fill(name);
    else filters[name].closest("label").hidden = true;
    filters[name].addEventListener("change", find);
  }
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, 120);
  });
  byId("row-form").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    search.value = "";
    for (const box of Object.values(filters)) box.value = "";
    find();
  });
  const steps = { first: () => 0, previous: () => page - 1, next: () => page + 1, last: () => Infinity };
  for (const [id, to] of Object.entries(steps)) byId(id).addEventListener("click", () => show(to()));
  for (const button of document.querySelectorAll("button[data-filter]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const wanted = JSON.parse(button.dataset.filter);
      search.value = "";
      for (const [name, box] of Object.entries(filters)) box.value = wanted[name] || "";
      find();
      byId("rows").scrollIntoView();
      byId("rows").focus({ preventScroll: true });
    });
  }
  byId("row-table").hidden = false;
  find();
})().catch((fault) => {
  document.getElementById("row-note").textContent =
    "This browser cannot unpack the rows (" + fault.message + "); the workbook has all of them.";
});
