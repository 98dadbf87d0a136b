"use strict";
// The map and its list without reloading: links swap that part of the page, dragging and the wheel ask for another one.
(() => {
  const id = "found";
  const here = () => location.pathname + location.search;
  let asked = 0, shown = here();

  async function show(url, remember) {
    const mine = ++asked;
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok) { location.assign(url); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    const focused = document.activeElement?.dataset?.move;
    document.getElementById(id).replaceWith(page.getElementById(id));
    document.title = page.title;
    if (remember) history.pushState(null, "", url);
    shown = here();
    const again = focused && document.querySelector(`[data-move="${focused}"]`);
    (again || document.getElementById("found-title")).focus({ preventScroll: true });
  }

  function at(bbox) {
    const url = new URL(location.href);
    url.searchParams.set("bbox", bbox.map((part) => part.toFixed(5)).join(","));
    url.searchParams.delete("page");
    return url;
  }

  // Latitudes are not evenly spaced: what is moved is moved on the map.
  const toY = (degrees) => Math.asinh(Math.tan(degrees * Math.PI / 180));
  const toLatitude = (y) => Math.atan(Math.sinh(y)) * 180 / Math.PI;

  function box(map) {
    const [west, south, east, north] = map.dataset.bbox.split(",").map(Number);
    return { west, east, bottom: toY(south), top: toY(north) };
  }

  function moved({ west, east, bottom, top }, right, down, size = 1) {
    const width = (east - west) * size, height = (top - bottom) * size;
    const x = (west + east) / 2 + right * (east - west), y = (bottom + top) / 2 - down * (top - bottom);
    const edges = [Math.max(x - width / 2, -180), toLatitude(y - height / 2), Math.min(x + width / 2, 180), toLatitude(y + height / 2)];
    return edges[0] < edges[2] ? edges : null;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(`#${id} a`);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const url = new URL(link.href.baseVal ?? link.href, location.href);
    if (url.pathname !== location.pathname) return;
    event.preventDefault();
    show(url, true);
  });
  // Also told of a jump within the page, which shows nothing else.
  addEventListener("popstate", () => { if (here() !== shown) show(location.href, false); });

  let from = null, dragged = false;
  document.addEventListener("pointerdown", (event) => {
    const map = event.target.closest(".map svg");
    dragged = false;
    from = map && event.pointerType === "mouse" ? { x: event.clientX, y: event.clientY, map } : null;
    if (from) event.preventDefault();
  });
  document.addEventListener("pointerup", (event) => {
    if (!from) return;
    const size = from.map.getBoundingClientRect();
    const right = (from.x - event.clientX) / size.width, down = (from.y - event.clientY) / size.height;
    if (Math.hypot(right, down) > 0.02) {
      dragged = true;
      const bbox = moved(box(from.map.closest(".map")), right, down);
      if (bbox) show(at(bbox), true);
    }
    from = null;
  });
  document.addEventListener("click", (event) => { if (dragged) { event.preventDefault(); event.stopPropagation(); dragged = false; } }, true);

  document.addEventListener("wheel", (event) => {
    const map = event.target.closest(".map svg");
    if (!map || !event.ctrlKey) return;
    event.preventDefault();
    const bbox = moved(box(map.closest(".map")), 0, 0, event.deltaY < 0 ? 0.5 : 2);
    if (bbox) show(at(bbox), true);
  }, { passive: false });
})();
