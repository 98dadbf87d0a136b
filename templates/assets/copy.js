"use strict";
// Shows a button beside every address where the browser can copy. Without this script the address itself can be selected.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const before = button.innerHTML;
      button.textContent = "Copied";
      setTimeout(() => { button.innerHTML = before; }, 1500);
    });
  }
}
