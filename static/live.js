// The live wire: resume where the page left off, keep times fresh, keep cards in their columns.
(() => {
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const page = document.body.dataset;

  // --- the socket: say the last number this page has, note each new one ------------------
  const show = (on) => all("[data-live]").forEach((el) => { el.dataset.live = on ? "on" : "off"; });

  document.addEventListener("htmx:after:ws:connection", (event) => {
    const wire = event.target;
    event.detail.connection.socket.send(JSON.stringify({ since: Number(wire.dataset.seq || 0) }));
    show(true);
  });
  document.addEventListener("htmx:ws:close", () => show(false));
  document.addEventListener("htmx:before:ws:message", (event) => {
    const frame = event.detail.message.json;
    if (!frame) return;
    if (typeof frame.seq === "number") event.target.dataset.seq = frame.seq;
    if (frame.reload) location.reload();
  });
  document.addEventListener("htmx:after:ws:message", () => { settle(); suggest(); });
  document.addEventListener("htmx:after:swap", settle);

  // --- after a swap: a card whose status changed goes to its column ------------------------
  function settle() {
    all(".column-cards > .card").forEach(place);
    counts();
    times();
    document.dispatchEvent(new CustomEvent("muster:settled"));
  }

  // --- a manual room: what is suggested is asked for again when the room has moved ----------
  let mode = document.getElementById("room-head")?.dataset.mode;
  let asked = 0;
  function suggest() {
    const now = document.getElementById("room-head")?.dataset.mode;
    const isDue = (mode === "manual" || now === "manual") && !asked;
    mode = now;
    if (!isDue) return;
    asked = setTimeout(() => {
      asked = 0;
      document.dispatchEvent(new CustomEvent("muster:manual"));
    }, 700);
  }

  function place(card) {
    const column = document.getElementById(`column-${card.dataset.status}`);
    if (!column) { card.remove(); return; }
    if (card.parentElement === column) return;
    const after = [...column.children].find(
      (other) => Number(other.dataset.number) > Number(card.dataset.number),
    );
    const hadFocus = card.contains(document.activeElement) ? document.activeElement : null;
    if (column.moveBefore) column.moveBefore(card, after || null);
    else column.insertBefore(card, after || null);
    if (hadFocus) hadFocus.focus({ preventScroll: true });
    card.classList.add("moved");
    setTimeout(() => card.classList.remove("moved"), 1000);
  }

  function counts() {
    const nav = document.getElementById("nav-counts");
    if (nav) {
      for (const what of ["reviews", "asks"]) {
        all(`[data-count="${what}"]`).forEach((el) => {
          el.textContent = nav.dataset[what];
          el.dataset.n = nav.dataset[what];
        });
      }
    }
    all("[data-count-of]").forEach((el) => {
      const column = document.getElementById(`column-${el.dataset.countOf}`);
      if (column) el.textContent = all(":scope > .card", column).length;
    });
  }

  // --- times: local, relative, fresh -----------------------------------------------------------
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const short = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

  function span(seconds) {
    if (seconds < 60) return `${Math.round(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} d`;
  }

  function said(moment, style) {
    const seconds = (Date.now() - moment) / 1000;
    if (style === "clock") return clock.format(moment);
    if (style === "day") return Math.abs(seconds) < 64800 ? short.format(moment) : date.format(moment);
    if (style === "in") return span(Math.max(0, -seconds));
    const words = span(Math.max(0, seconds));
    return style === "ago" ? page.ago.replace("{n}", words) : words;
  }

  function times() {
    all("time[data-as]").forEach((el) => {
      const moment = new Date(el.getAttribute("datetime"));
      const words = said(moment, el.dataset.as);
      if (el.textContent !== words) el.textContent = words;
      if (!el.title) el.title = exact.format(moment);
    });
  }

  counts();
  times();
  setInterval(times, 1000);
})();
