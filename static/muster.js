// Hands on the page: the drawer, the keyboard, filters, forms that open, copying, the theme.
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isShown = (el) => el.getClientRects().length > 0;

  // --- the drawer ------------------------------------------------------------------------------
  const drawer = document.getElementById("drawer");
  let opener = null;

  function closeDrawer(push) {
    if (!drawer.firstElementChild) return false;
    const back = one("[data-board]")?.dataset.board;
    drawer.replaceChildren();
    if (push && back) history.pushState({ htmx: true }, "", back);
    (opener && document.contains(opener) ? opener : document.getElementById("main"))?.focus();
    return true;
  }

  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.closest?.(".card")) opener = event.target;
  });
  document.addEventListener("htmx:after:swap", () => {
    const opened = one("#drawer .drawer");
    if (opened && !opened.contains(document.activeElement)) opened.focus();
  });
  // An open card follows its own news; what was typed and where the focus is stay as they are.
  let stale = 0;
  document.addEventListener("htmx:after:ws:message", (event) => {
    const link = one("#drawer [data-card]");
    if (!link || !event.detail.message.text.includes(link.dataset.card)) return;
    clearTimeout(stale);
    stale = setTimeout(() => {
      const isBusy = all("#drawer textarea, #drawer input[type=file]").some((el) => isShown(el) && el.value);
      if (!isBusy && one(`#drawer [data-card="${link.dataset.card}"]`)) {
        htmx.ajax("GET", link.dataset.url, { target: "#drawer", swap: "innerMorph" });
      }
    }, 400);
  });
  // Back and forward between a board and its cards need no new page.
  document.addEventListener("htmx:before:history:restore", (event) => {
    if (location.pathname === one("[data-board]")?.dataset.board && drawer.firstElementChild) {
      event.preventDefault();
      closeDrawer(false);
    }
  });

  // --- clicks ----------------------------------------------------------------------------------
  const CLICKS = {
    close: () => closeDrawer(true),
    help: () => one("#keys").showModal(),
    dismiss: (el) => el.closest("[data-dismissable]").remove(),
    shut: (el) => el.closest("dialog").close(),
    copy: async (el) => {
      await navigator.clipboard.writeText(el.dataset.text || one(el.dataset.from).textContent.trim());
      const words = one("[data-words]", el) || el;
      const before = words.textContent;
      words.textContent = el.dataset.done;
      setTimeout(() => { words.textContent = before; }, 1500);
    },
    unfold: (el) => {
      const form = one(el.dataset.form);
      const willOpen = form.hidden;
      all("[data-fold]").forEach((other) => { other.hidden = true; });
      form.hidden = !willOpen;
      if (willOpen) one("textarea, input:not([type=hidden])", form)?.focus();
    },
    dialog: (el) => one(el.dataset.dialog).showModal(),
    pane: (el) => {
      one(".review").dataset.pane = el.dataset.pane;
      all("[data-do=pane]").forEach((other) => other.setAttribute("aria-pressed", other === el));
    },
    column: (el) => showColumn(el.dataset.column),
    theme: (el) => {
      const chosen = el.dataset.theme;
      if (chosen) localStorage.setItem("theme", chosen);
      else localStorage.removeItem("theme");
      document.documentElement.dataset.theme = chosen;
    },
    fold: (el) => {
      localStorage.setItem(`folded:${el.dataset.name}`, "1");
      one(el.dataset.target).classList.add("folded");
    },
    unfolded: (el) => {
      localStorage.removeItem(`folded:${el.dataset.name}`);
      one(el.dataset.target).classList.remove("folded");
    },
  };
  document.addEventListener("click", (event) => {
    const el = event.target.closest("[data-do]");
    if (el) CLICKS[el.dataset.do]?.(el);
    for (const menu of all("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("submit", (event) => {
    // A list that came over the wire carries no token: it is the same for every page of mine.
    const token = one("input[name=csrfmiddlewaretoken]", event.target);
    if (token && !token.value) token.value = one("meta[name=csrf]").content;
    const sure = event.target.dataset.confirm;
    if (sure && !window.confirm(sure)) event.preventDefault();
  }, true);
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-wakes]")) return;
    const words = one(".wakes", event.target.form);
    const named = (words.dataset.agents || "").split(",").filter((name) => name &&
      event.target.value.toLowerCase().includes(`@${name.toLowerCase().replaceAll(" ", "-")}`));
    if (/(^|\s)@coordinator\b/i.test(event.target.value)) named.push("coordinator");
    words.textContent = named.length
      ? words.dataset.somebody.replace("{who}", named.join(", ")) : words.dataset.nobody;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // --- one column at a time on a phone -------------------------------------------------------
  function showColumn(status) {
    all(".column").forEach((el) => el.classList.toggle("shown", el.dataset.column === status));
    all("[data-do=column]").forEach((el) => {
      el.setAttribute("aria-pressed", el.dataset.column === status);
    });
  }
  const mostUrgent = () => ["waiting", "review", "working", "ready", "triage", "done"].find(
    (status) => one(`#column-${status} > .card`),
  ) || "ready";
  if (one(".board")) showColumn(mostUrgent());

  // --- filters of a thousand cards -------------------------------------------------------------
  function filter() {
    const words = (one("#filter-words")?.value || "").toLowerCase().split(/\s+/).filter(Boolean);
    const mine = one("#filter-mine")?.getAttribute("aria-pressed") === "true";
    const who = one("#filter-who")?.value || "";
    const me = document.body.dataset.me;
    all(".card").forEach((card) => {
      const next = one(".card-next", card)?.dataset.for || "";
      card.hidden = !(
        words.every((word) => card.dataset.words.includes(word)) &&
        (!mine || (card.dataset.status !== "done" && next.split(" ").includes(me))) &&
        (!who || card.dataset.who === who || next.split(" ").includes(who))
      );
    });
  }
  document.addEventListener("input", (event) => {
    if (event.target.matches("#filter-words, #filter-who")) filter();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#filter-mine");
    if (!button) return;
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    filter();
  });
  document.addEventListener("muster:settled", () => {
    filter();
    const open = one(".review")?.dataset.open;
    all(".review-item").forEach((el) => el.classList.toggle("selected", el.dataset.version === open));
    const mine = all(".card").filter((card) => card.dataset.status !== "done" &&
      (one(".card-next", card)?.dataset.for || "").split(" ").includes(document.body.dataset.me));
    const count = one("#filter-mine .count");
    if (count) { count.textContent = mine.length; count.dataset.n = mine.length; }
  });
  document.dispatchEvent(new CustomEvent("muster:settled"));
  all("[data-folds]").forEach((el) => {
    const name = el.dataset.folds;
    // On a phone it takes the place of the first card, so it is read once.
    const wasRead = window.innerWidth < 760 && localStorage.getItem(`read:${name}`);
    if (wasRead || localStorage.getItem(`folded:${name}`)) el.classList.add("folded");
    localStorage.setItem(`read:${name}`, "1");
  });

  // --- the keyboard ----------------------------------------------------------------------------
  const isTyping = (el) => el.matches?.("input, textarea, select, [contenteditable]");
  const stops = () => all(drawer.firstElementChild ? "none" : ".card, [data-stop]").filter(isShown);

  function move(by) {
    const found = stops();
    if (!found.length) return;
    const at = found.findIndex((el) => el.contains(document.activeElement) || el.matches(".selected"));
    const next = found[Math.min(found.length - 1, Math.max(0, at + by))] || found[0];
    one("a", next).focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function moveColumn(by) {
    const filled = all(".column").filter((el) => isShown(el) && one(".card:not([hidden])", el));
    const at = filled.findIndex((el) => el.contains(document.activeElement));
    const next = filled[Math.min(filled.length - 1, Math.max(0, at + by))];
    if (next) one(".card:not([hidden]) a", next).focus();
  }

  const KEYS = {
    "?": CLICKS.help,
    j: () => move(1),
    k: () => move(-1),
    h: () => moveColumn(-1),
    l: () => moveColumn(1),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !one("dialog[open]")) {
      if (isTyping(event.target)) event.target.blur();
      else closeDrawer(true);
      return;
    }
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    const el = all(`[data-key="${CSS.escape(event.key)}"]`).find((found) => isShown(found) && !found.disabled);
    if (!el && !KEYS[event.key]) return;
    event.preventDefault();
    if (!el) KEYS[event.key]();
    else if (isTyping(el)) el.focus();
    else el.click();
  });

  // --- notices: gone by themselves, unless they say something went wrong -----------------
  new MutationObserver((changes) => {
    for (const added of changes.flatMap((change) => [...change.addedNodes])) {
      if (added.matches?.("[data-passing]")) setTimeout(() => added.remove(), 6000);
    }
  }).observe(document.getElementById("toasts"), { childList: true });
})();
