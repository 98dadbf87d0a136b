"use strict";
// Shows a button where the browser can copy: an address, what stands at one, or the block below. Without this script both can be reached as links.
if (navigator.clipboard) {
  const words = document.currentScript.dataset;
  async function copied(button) {
    if (button.dataset.copy) return button.dataset.copy;
    if ("copyNext" in button.dataset) return button.nextElementSibling.textContent;
    const answer = await fetch(button.dataset.fetch, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    return answer.text();
  }
  for (const button of document.querySelectorAll("button[data-copy], button[data-fetch], button[data-copy-next]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const before = button.innerHTML;
      try {
        await navigator.clipboard.writeText(await copied(button));
        button.textContent = words.copied;
      } catch {
        button.textContent = words.notCopied;
      }
      setTimeout(() => { button.innerHTML = before; }, 1500);
    });
  }
}
