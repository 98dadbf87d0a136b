"use strict";
// The map as one that is dragged: Leaflet in place of the picture, asking the same page again for the part that is in view.
(() => {
  const first = document.querySelector(".places-map");
  if (!first || !window.L) return;
  const found = () => document.getElementById("found");
  const box = (text) => { const [west, south, east, north] = text.split(",").map(Number); return [[south, west], [north, east]]; };
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const ground = document.createElement("div");
  ground.className = "ground";
  ground.setAttribute("role", "region");
  ground.setAttribute("aria-label", first.dataset.label);
  first.classList.add("moved");
  first.prepend(ground);
  const map = L.map(ground, { zoomControl: false, worldCopyJump: true, minZoom: 1, maxZoom: Number(first.dataset.maxZoom || 18), zoomSnap: first.dataset.tiles ? 1 : 0.25, zoomAnimation: !calm, fadeAnimation: !calm });
  map.attributionControl.setPrefix("Leaflet");
  L.control.zoom({ zoomInTitle: first.dataset.zoomIn, zoomOutTitle: first.dataset.zoomOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (first.dataset.tiles) {
    const attribution = document.createElement("span");
    attribution.textContent = first.dataset.attribution;
    L.tileLayer(first.dataset.tiles, { attribution: attribution.innerHTML, maxZoom: map.getMaxZoom() }).addTo(map);
  }
  const marks = L.layerGroup().addTo(map);
  map.fitBounds(box(first.dataset.bbox), { animate: false });

  // What the page has drawn; what would lie on each other at this width is one.
  function read(page) {
    const seen = [];
    for (const link of page.querySelectorAll(".places-map svg a")) {
      const { latitude, longitude, count, bbox, location, points } = link.dataset;
      const tally = points ? live.tally(JSON.parse(points)) : { points: Number(link.dataset.all), free: Number(link.dataset.free) };
      const at = [Number(latitude), Number(longitude)];
      let one = { at, count: Number(count || 1), free: tally.free, points: tally.points, bounds: bbox ? L.latLngBounds(box(bbox)) : L.latLngBounds([at, at]),
        kind: link.getAttribute("class"), title: link.getAttribute("aria-label"), location, statuses: points, href: link.getAttribute("href") };
      // A ring that has grown may lie on the next.
      for (let near; (near = seen.findIndex((other) => overlap(other, one))) >= 0;) {
        const [other] = seen.splice(near, 1);
        join(other, one, page.querySelector(".places-map").dataset.cluster);
        one = other;
      }
      seen.push(one);
    }
    return seen;
  }

  function overlap(other, one) {
    const [there, here] = [other, one].map(({ at }) => map.latLngToContainerPoint(at));
    const { x, y } = there.subtract(here); // what is touched is a square
    return Math.max(Math.abs(x), Math.abs(y)) < (size(one) + size(other)) / 2 + 2;
  }

  function join(near, one, said) {
    const all = near.count + one.count, share = one.count / all;
    near.at = near.at.map((degrees, axis) => degrees * (1 - share) + one.at[axis] * share);
    near.bounds.extend(one.bounds);
    Object.assign(near, { count: all, free: near.free + one.free, points: near.points + one.points, kind: "cluster", location: undefined, statuses: undefined });
    const numbers = { count: all, free: near.free, points: near.points };
    near.title = said.replace(/{(\w+)}/g, (_, name) => numbers[name].toLocaleString(document.documentElement.lang));
  }

  const size = ({ count }) => count > 1 ? 30 + 7 * Math.min(Math.log10(count), 3) : 26;

  function icon(one) {
    const share = one.points ? Math.round(100 * one.free / one.points) : 0;
    const svg = one.count > 1
      ? `<svg viewBox="0 0 32 32"><circle class="disc" cx="16" cy="16" r="13"/>${share ? `<circle class="share" cx="16" cy="16" r="13" pathLength="100" stroke-dasharray="${share} 100" transform="rotate(-90 16 16)"/>` : ""}<text x="16" y="16">${one.count}</text></svg>`
      : '<svg viewBox="0 0 32 32"><circle class="disc" cx="16" cy="16" r="11"/><path class="cross" d="M12 12l8 8m0-8l-8 8"/></svg>';
    return L.divIcon({ className: `pin ${one.kind}`, html: svg, iconSize: [size(one), size(one)] });
  }

  // Marks are what the page has drawn; its links stay where they lead.
  function draw(page) {
    const held = document.activeElement?.closest?.(".pin")?.getAttribute("aria-label");
    marks.clearLayers();
    for (const town of first.dataset.tiles ? [] : page.querySelectorAll(".towns text")) {
      const name = document.createElement("span");
      name.textContent = town.textContent;
      L.marker([town.dataset.latitude, town.dataset.longitude], { icon: L.divIcon({ className: "town", html: name, iconSize: [0, 0] }), interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(marks);
    }
    for (const one of read(page)) {
      const mark = L.marker(one.at, { icon: icon(one), title: one.title, riseOnHover: true }).addTo(marks);
      const pin = mark.getElement();
      pin.setAttribute("role", "link");
      pin.setAttribute("aria-label", one.title);
      if (one.location) Object.assign(pin.dataset, { location: one.location, points: one.statuses });
      const close = () => map.fitBounds(one.bounds.pad(0.08), { animate: !calm, maxZoom: map.getZoom() + 4 });
      const go = () => one.count > 1 ? close() : location.assign(one.href);
      mark.on("click", go);
      mark.on("keypress", (event) => { if (event.originalEvent.key === "Enter") go(); });
      if (one.title === held) pin.focus();
    }
  }

  function here() {
    const view = map.getBounds(), url = new URL(found().dataset.page, location.href);
    // Who has moved beyond a pole or the date line sees the edge of the world.
    const within = (degrees, least, most) => Math.max(least, Math.min(most, degrees)).toFixed(5);
    url.searchParams.set("bbox", [within(view.getWest(), -180, 179), within(view.getSouth(), -85, 84), within(view.getEast(), -179, 180), within(view.getNorth(), -84, 85)].join(","));
    return url;
  }

  let asked = 0, waiting, dirty = false, looking = false, shown = location.search;
  async function show(url, kept) {
    const mine = ++asked;
    dirty = false;
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
    if (mine !== asked) return;
    if (!answer || !answer.ok) { if (answer && answer.status < 500) location.assign(url); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    for (const part of [".count", ".places", ".pages"]) {
      const old = found().querySelector(part), now = page.querySelector(`#found ${part}`);
      if (old && now) old.replaceWith(now);
      else if (now) found().append(now);
      else if (old) old.remove();
    }
    found().dataset.page = page.getElementById("found").dataset.page;
    document.getElementById("found-title").textContent = page.getElementById("found-title").textContent;
    document.title = page.title;
    draw(page);
    if (kept) { history.replaceState(null, "", url); shown = location.search; }
    return page;
  }
  map.on("moveend", () => {
    clearTimeout(waiting);
    if (!looking) waiting = setTimeout(() => show(here(), true), 250);
  });
  draw(document);

  document.querySelector("form.filters").addEventListener("submit", async (event) => {
    event.preventDefault();
    const url = new URL(event.target.action), said = new FormData(event.target);
    const searched = said.get("q") !== (new URL(location.href).searchParams.get("q") || "");
    for (const [name, value] of said) if (value && name !== "bbox") url.searchParams.set(name, value);
    found().dataset.page = url.pathname + url.search;
    history.pushState(null, "", url);
    shown = location.search;
    const page = await show(searched ? url : here(), !searched);
    const drawn = searched && page?.querySelector(".places-map");
    if (drawn) { looking = true; map.fitBounds(box(drawn.dataset.bbox), { animate: false }); looking = false; }
    document.getElementById("found-title").focus({ preventScroll: true });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#found .pages a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(new URL(link.href), true).then(() => document.getElementById("found-title").focus());
  });
  // Also told of a jump within the page, which shows nothing else.
  addEventListener("popstate", () => { if (location.search !== shown) location.reload(); });

  // A change of what is not drawn by itself (a ring) is looked for now and then.
  live.told((said, seen) => { if (!seen) dirty = true; });
  setInterval(() => { if (dirty && !document.hidden) show(here(), false); }, 15000);
})();
