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
  const map = L.map(ground, { worldCopyJump: true, minZoom: 2, maxZoom: Number(first.dataset.maxZoom || 18), zoomAnimation: !calm, fadeAnimation: !calm });
  map.attributionControl.setPrefix("Leaflet");
  L.control.scale({ imperial: false }).addTo(map);
  if (first.dataset.tiles) {
    const attribution = document.createElement("span");
    attribution.textContent = first.dataset.attribution;
    L.tileLayer(first.dataset.tiles, { attribution: attribution.innerHTML, maxZoom: map.getMaxZoom() }).addTo(map);
  }
  const marks = L.layerGroup().addTo(map);
  map.fitBounds(box(first.dataset.bbox), { animate: false });

  function icon(link) {
    const size = link.dataset.count ? 28 + 8 * Math.min(Math.log10(link.dataset.count), 3) : 22;
    const svg = link.dataset.count
      ? `<svg viewBox="0 0 32 32"><circle class="disc" cx="16" cy="16" r="13"/><circle class="share" cx="16" cy="16" r="13" pathLength="100" stroke-dasharray="${Number(link.dataset.free)} 100" transform="rotate(-90 16 16)"/><text x="16" y="16">${Number(link.dataset.count)}</text></svg>`
      : '<svg viewBox="0 0 32 32"><circle class="disc" cx="16" cy="16" r="11"/></svg>';
    return L.divIcon({ className: `pin ${link.getAttribute("class")}`, html: svg, iconSize: [size, size] });
  }

  // Marks are what the page has drawn; its links stay where they lead.
  function draw(page) {
    const held = document.activeElement?.closest?.(".pin")?.getAttribute("aria-label");
    marks.clearLayers();
    for (const town of first.dataset.tiles ? [] : page.querySelectorAll(".towns text")) {
      const name = document.createElement("span");
      name.textContent = town.textContent;
      L.marker([town.dataset.latitude, town.dataset.longitude], { icon: L.divIcon({ className: "town", html: name, iconSize: [0, 0] }), interactive: false, keyboard: false }).addTo(marks);
    }
    for (const link of page.querySelectorAll(".places-map svg a")) {
      const at = [Number(link.dataset.latitude), Number(link.dataset.longitude)], title = link.getAttribute("aria-label");
      const mark = L.marker(at, { icon: icon(link), title, riseOnHover: true }).addTo(marks);
      const pin = mark.getElement();
      pin.setAttribute("role", "link");
      pin.setAttribute("aria-label", title);
      for (const name of ["location", "points"]) if (link.dataset[name]) pin.dataset[name] = link.dataset[name];
      const go = () => link.dataset.count ? map.fitBounds(box(link.dataset.bbox), { animate: !calm }) : location.assign(link.getAttribute("href"));
      mark.on("click", go);
      mark.on("keypress", (event) => { if (event.originalEvent.key === "Enter") go(); });
      if (title === held) pin.focus();
    }
  }

  function here() {
    const view = map.getBounds(), url = new URL(found().dataset.page, location.href);
    const within = (degrees, most) => Math.max(-most, Math.min(most, degrees)).toFixed(5);
    url.searchParams.set("bbox", [within(view.getWest(), 180), within(view.getSouth(), 85), within(view.getEast(), 180), within(view.getNorth(), 85)].join(","));
    return url;
  }

  let asked = 0, waiting, dirty = false, looking = false;
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
    if (kept) history.replaceState(null, "", url);
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
  addEventListener("popstate", () => location.reload());

  // A change of what is not drawn by itself (a ring) is looked for now and then.
  live.told((said, seen) => { if (!seen) dirty = true; });
  setInterval(() => { if (dirty && !document.hidden) show(here(), false); }, 15000);
})();
