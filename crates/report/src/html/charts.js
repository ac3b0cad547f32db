"use strict";
// Draws the charts of the page from the block of data. The tables beside them say the same.
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  root.classList.add("js");

  const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 2], [12, 4], [3, 3]];
  const made = new Map();
  const narrow = () => window.innerWidth < 560;

  // Colours come from the style sheet, so that charts follow the theme.
  function colours() {
    const style = getComputedStyle(root);
    const of = (name) => style.getPropertyValue(name).trim();
    return {
      ink: of("--ink"), soft: of("--soft"), line: of("--line"), paper: of("--paper"), bad: of("--bad"),
      series: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => of("--s" + i)),
    };
  }

  const trim = (text) => text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  function digits(v) { return trim(v >= 99.95 ? v.toFixed(0) : v >= 9.995 ? v.toFixed(1) : v.toFixed(2)); }
  function count(v) {
    const units = [[1e9, " B"], [1e6, " M"], [1e3, " k"]];
    for (const [size, unit] of units) if (v >= size * 0.9995) return digits(v / size) + unit;
    return digits(v);
  }
  function dollars(v) {
    if (v >= 1000) return "$" + Math.round(v).toLocaleString("en-US");
    return "$" + v.toFixed(2);
  }
  const dollarTick = (v) => "$" + (v >= 1e6 ? count(v) : v >= 1000 ? Math.round(v).toLocaleString("en-US") : trim(v.toFixed(2)));
  function time(ms) {
    if (ms < 1) return digits(ms * 1000) + " µs";
    if (ms < 1000) return digits(ms) + " ms";
    if (ms < 120000) return digits(ms / 1000) + " s";
    if (ms < 7200000) return digits(ms / 60000) + " min";
    return digits(ms / 3600000) + " h";
  }
  const percent = (share) => trim((share * 100).toFixed(share > 0.999 ? 3 : share > 0.99 ? 2 : 1)) + " %";

  // 1, 2, 5 in each decade of a logarithmic axis; only the ones when there are many decades.
  function logTicks(axis, most) {
    const low = axis.min, high = axis.max;
    const ticks = (steps) => {
      const out = [];
      for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
        for (const s of steps) {
          const v = s * 10 ** e;
          if (v >= low * 0.999 && v <= high * 1.001) out.push({ value: v, major: s === 1 });
        }
      }
      return out;
    };
    const all = ticks([1, 2, 5]);
    const ones = ticks([1]);
    axis.ticks = all.length <= most ? all : ones.length <= most ? ones : ones.filter((_, i) => i % 2 === 0);
  }

  function axis(c, options) {
    return Object.assign({
      grid: { color: c.line, tickLength: 4 },
      border: { color: c.line },
      title: { display: false },
    }, options, { ticks: Object.assign({ color: c.soft, maxRotation: 0, autoSkipPadding: 12 }, options.ticks) });
  }

  function line(c, i, curve, points) {
    const colour = c.series[i % c.series.length];
    return {
      label: curve.name, data: points, borderColor: colour, backgroundColor: colour,
      borderWidth: curve.chosen ? 3.5 : 2, borderDash: curve.chosen ? [] : dashes[(i % 7) + (i === 0 ? 1 : 0)],
      pointRadius: 0, pointHoverRadius: 4, pointHitRadius: 12, tension: 0, spanGaps: false,
      order: curve.chosen ? 0 : 1,
    };
  }

  // The answer has the first colour; the others follow in their order.
  function ordered(curves) {
    let next = 1;
    const anyChosen = curves.some((c) => c.chosen);
    return curves.map((curve) => [curve, curve.chosen ? 0 : anyChosen ? next++ : next++ - 1]);
  }

  // Vertical lines with a word at their top, and dots where curves cross.
  const marks = {
    id: "marks",
    afterDatasetsDraw(chart, _args, options) {
      const { ctx, chartArea: area, scales: { x, y } } = chart;
      const c = colours();
      ctx.save();
      ctx.font = "12px " + Chart.defaults.font.family;
      const ends = [];
      for (const mark of options.lines || []) {
        const at = x.getPixelForValue(mark.x);
        if (!(at >= area.left - 1 && at <= area.right + 1)) continue;
        const top = mark.top === undefined ? area.top : y.getPixelForValue(mark.top);
        ctx.strokeStyle = mark.strong ? c.ink : c.soft;
        ctx.lineWidth = 1.25;
        ctx.setLineDash(mark.strong ? [] : [4, 4]);
        ctx.beginPath(); ctx.moveTo(at, area.bottom); ctx.lineTo(at, top);
        if (mark.top !== undefined) ctx.lineTo(area.left, top);
        ctx.stroke();
        const width = ctx.measureText(mark.label).width;
        const leftSide = at + 6 + width > area.right;
        const from = leftSide ? at - 6 - width : at + 6;
        let row = 0;
        while (ends.some((e) => e.row === row && from < e.to + 8 && from + width > e.from - 8)) row++;
        ends.push({ row, from, to: from + width });
        const baseline = top + 13 + row * 16;
        ctx.setLineDash([]);
        ctx.fillStyle = c.paper; ctx.globalAlpha = 0.85;
        ctx.fillRect(from - 2, baseline - 11, width + 4, 15);
        ctx.globalAlpha = 1;
        ctx.fillStyle = mark.strong ? c.ink : c.soft;
        ctx.fillText(mark.label, from, baseline);
      }
      ctx.setLineDash([]);
      for (const dot of options.dots || []) {
        const px = x.getPixelForValue(dot.x), py = y.getPixelForValue(dot.y);
        if (px < area.left || px > area.right || py < area.top || py > area.bottom) continue;
        ctx.beginPath(); ctx.arc(px, py, 5, 0, 2 * Math.PI);
        ctx.fillStyle = c.paper; ctx.fill();
        ctx.strokeStyle = c.ink; ctx.lineWidth = 2; ctx.stroke();
      }
      ctx.restore();
    },
  };

  function base(c) {
    return {
      responsive: true, maintainAspectRatio: false, animation: false, normalized: true,
      interaction: { mode: "index", intersect: false },
      layout: { padding: { right: 6 } },
      plugins: {
        legend: { display: false },
        tooltip: {
          backgroundColor: c.paper, titleColor: c.ink, bodyColor: c.ink, borderColor: c.line, borderWidth: 1,
          padding: 10, boxPadding: 5, usePointStyle: true, titleFont: { weight: "600" }, caretSize: 0, cornerRadius: 6,
        },
      },
    };
  }

  function cost(c) {
    const d = data.cost;
    const options = base(c);
    options.scales = {
      x: axis(c, {
        type: "logarithmic", min: d.x[0], max: d.x[d.x.length - 1],
        afterBuildTicks: (a) => logTicks(a, narrow() ? 5 : 13),
        ticks: { callback: count, autoSkip: false }, title: { display: true, text: "requests a month", color: c.soft },
      }),
      y: axis(c, {
        type: "logarithmic", afterBuildTicks: (a) => logTicks(a, 12),
        ticks: { callback: dollarTick, autoSkip: false },
      }),
    };
    options.plugins.tooltip.callbacks = {
      title: (items) => items.length ? count(items[0].parsed.x) + " requests a month" : "",
      label: (item) => " " + dollars(item.parsed.y) + "  " + item.dataset.label,
    };
    options.plugins.tooltip.itemSort = (a, b) => a.parsed.y - b.parsed.y;
    options.plugins.marks = {
      lines: d.marks.map((m) => ({ x: m.x, label: m.label, strong: m.today })), dots: d.crossings,
    };
    const sets = ordered(d.curves).map(([curve, i]) => line(c, i, curve, d.x.map((x, k) => ({ x, y: curve.y[k] }))));
    return { type: "line", data: { datasets: sets }, options, plugins: [marks] };
  }

  // The axis of shares is stretched towards 100 %, because the tail is what hurts: each nine takes equal room.
  const nines = (share) => Math.min(3.3, -Math.log10(Math.max(1 - share, 1e-9)));
  const shareTicks = [0, 0.5, 0.9, 0.95, 0.99, 0.999];

  function latency(c, i) {
    const d = data.components[i].latency;
    const options = base(c);
    options.scales = {
      x: axis(c, {
        type: "logarithmic", min: d.x[0], max: d.x[d.x.length - 1],
        afterBuildTicks: (a) => logTicks(a, narrow() ? 5 : 7), ticks: { callback: time, autoSkip: false },
      }),
      y: axis(c, {
        type: "linear", min: 0, max: 3.3,
        afterBuildTicks: (a) => { a.ticks = shareTicks.map((s) => ({ value: nines(s) })); },
        ticks: { autoSkip: false, callback: (v) => percent(1 - 10 ** -v) },
      }),
    };
    options.plugins.tooltip.callbacks = {
      title: (items) => items.length ? "within " + time(items[0].parsed.x) : "",
      label: (item) => " " + percent(item.raw.share) + "  " + item.dataset.label,
    };
    options.plugins.marks = {
      lines: d.slo.map((s) => ({ x: s.ms, top: nines(s.share), label: s.label, strong: true })),
    };
    const sets = ordered(d.curves).map(([curve, k]) =>
      line(c, k, curve, d.x.map((x, j) => ({
        // A curve ends where all but the last of its requests are answered.
        x, y: j > 0 && curve.y[j - 1] >= 0.9995 ? null : nines(curve.y[j]), share: curve.y[j],
      }))));
    return { type: "line", data: { datasets: sets }, options, plugins: [marks] };
  }

  // The largest of 1, 2, 5, 10, 20 … that is not above a value.
  function nice(value) {
    const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
    return [5, 2, 1].map((s) => s * size).find((s) => s <= value) || 1;
  }

  // Time since the start: hours and minutes within two days, then days; seconds where steps are short.
  function clock(ms, whole) {
    const seconds = Math.round(ms / 1000);
    const two = (n) => String(n).padStart(2, "0");
    const days = whole > 172800000;
    const hours = Math.floor(seconds / 3600);
    const minutes = two(Math.floor(seconds / 60) % 60);
    const text = whole < 3600000 ? minutes + ":" + two(seconds % 60)
      : two(days ? hours % 24 : hours) + ":" + minutes + (whole < 7200000 ? ":" + two(seconds % 60) : "");
    return days ? "day " + (Math.floor(hours / 24) + 1) + " " + text : text;
  }

  // Ticks at whole hours, or at whole days of a longer series.
  function timeTicks(a, stepMs, n, most) {
    const spans = [1000, 2000, 5000, 10000, 30000, 60000, 120000, 300000, 600000, 900000, 1800000, 3600000, 7200000, 10800000, 21600000, 43200000, 86400000, 172800000, 604800000];
    const whole = stepMs * n;
    const span = spans.find((s) => whole / s <= most) || whole / most;
    const ticks = [];
    for (let t = 0; t <= whole * 1.0001; t += span) ticks.push({ value: t });
    a.ticks = ticks;
  }

  function day(c, i) {
    const d = data.components[i].day;
    const n = d.requests.length;
    const options = base(c);
    // Room above the highest value keeps the labels of two panes apart.
    const pane = (weight, text, values) => {
      const most = Math.max(1, ...values);
      const step = nice(most / (weight > 1 ? 3 : 1.2));
      return axis(c, {
        type: "linear", position: "left", stack: "day", stackWeight: weight, min: 0, max: most * (weight > 1 ? 1.12 : 1.35),
        title: { display: true, text, color: c.soft, font: { size: 11 } },
        afterBuildTicks: (a) => {
          a.ticks = [];
          for (let v = 0; v <= most; v += step) a.ticks.push({ value: v });
        },
        ticks: { autoSkip: false, callback: count }, afterFit: (a) => { a.width = 62; },
      });
    };
    const whole = d.step_ms * n;
    options.scales = {
      x: axis(c, {
        type: "linear", min: 0, max: whole, afterBuildTicks: (a) => timeTicks(a, d.step_ms, n, narrow() ? 4 : whole < 7200000 ? 6 : 8),
        ticks: { autoSkip: false, callback: (v) => whole > 172800000 ? "day " + (Math.floor(v / 86400000) + 1) : clock(v, whole) },
      }),
      cold: pane(1, "cold", d.cold_starts), instances: pane(1, "instances", d.instances),
      requests: pane(2, "requests", d.requests),
    };
    const cold = d.cold_starts.some((v) => v > 0);
    if (!cold) delete options.scales.cold;
    const points = (values) => values.map((y, k) => ({ x: k * d.step_ms, y })).concat(
      values.length ? [{ x: whole, y: values[values.length - 1] }] : []);
    const set = (label, values, axisId, k, fill) => ({
      label, data: points(values), yAxisID: axisId, borderColor: c.series[k], backgroundColor: c.series[k] + (fill ? "38" : ""),
      borderWidth: 1.75, pointRadius: 0, pointHoverRadius: 3, stepped: true, fill: fill ? "origin" : false,
    });
    const sets = [set("requests", d.requests, "requests", 0, true), set("instances", d.instances, "instances", 2, false)];
    if (cold) sets.push(set("cold starts", d.cold_starts, "cold", 1, true));
    options.plugins.tooltip.callbacks = {
      title: (items) => items.length ? "from " + clock(items[0].parsed.x, whole) : "",
      label: (item) => " " + count(item.parsed.y) + "  " + item.dataset.label,
    };
    return { type: "line", data: { datasets: sets }, options };
  }

  function money(c, _i, canvas) {
    const d = data.money;
    canvas.parentNode.style.height = 64 + d.bars.length * 46 + "px";
    const options = base(c);
    options.indexAxis = "y";
    options.interaction = { mode: "nearest", intersect: true };
    options.scales = {
      x: axis(c, { stacked: true, ticks: { callback: dollarTick } }),
      y: axis(c, { stacked: true, grid: { display: false }, ticks: { color: c.ink } }),
    };
    options.plugins.tooltip.callbacks = {
      label: (item) => " " + dollars(item.parsed.x) + "  " + item.dataset.label,
      footer: (items) => {
        const at = items[0] ? items[0].dataIndex : 0;
        return "of " + dollars(d.kinds.reduce((sum, k) => sum + k.values[at], 0));
      },
    };
    options.plugins.tooltip.footerColor = c.soft;
    options.plugins.tooltip.footerFont = { weight: "400" };
    const sets = d.kinds.map((kind, k) => ({
      label: kind.name, data: kind.values, backgroundColor: c.series[k % 8], borderColor: c.paper,
      borderWidth: { left: 0, right: 2, top: 0, bottom: 0 }, borderSkipped: false, maxBarThickness: 30,
    }));
    return { type: "bar", data: { labels: d.bars, datasets: sets }, options };
  }

  function load(c) {
    const d = data.load;
    const options = base(c);
    const n = Math.max(...d.series.map((s) => s.values.length));
    const whole = d.step_ms * n;
    options.scales = {
      x: axis(c, {
        type: "linear", min: 0, max: whole, afterBuildTicks: (a) => timeTicks(a, d.step_ms, n, narrow() ? 5 : 14),
        ticks: { autoSkip: false, callback: (v) => whole > 172800000 ? "day " + (Math.floor(v / 86400000) + 1) : time(v || 0.0001).replace(/^0.*/, "0") },
      }),
      y: axis(c, { beginAtZero: true, ticks: { callback: count } }),
    };
    options.plugins.tooltip.callbacks = {
      title: (items) => items.length ? "from " + clock(items[0].parsed.x, whole) : "",
      label: (item) => " " + count(item.parsed.y) + "  " + item.dataset.label,
    };
    const sets = d.series.map((s, k) => Object.assign(
      line(c, k, { name: s.name, chosen: k === 0 }, s.values.map((y, x) => ({ x: x * d.step_ms, y }))),
      { borderWidth: 1.5, stepped: true, fill: k === 0 ? "origin" : false, backgroundColor: c.series[k % 8] + "30" }));
    return { type: "line", data: { datasets: sets }, options };
  }

  // Curves over the time that was played, in counts, times or dollars.
  function overTime(c, d) {
    const n = Math.max(1, ...d.series.map((s) => s.values.length));
    const whole = d.step_ms * n;
    const show = { count, time, dollars }[d.unit];
    const tick = { count, time: (v) => v === 0 ? "0" : time(v), dollars: dollarTick }[d.unit];
    const options = base(c);
    options.scales = {
      x: axis(c, {
        type: "linear", min: 0, max: whole, afterBuildTicks: (a) => timeTicks(a, d.step_ms, n, narrow() ? 4 : whole < 7200000 ? 6 : 8),
        ticks: { autoSkip: false, callback: (v) => whole > 172800000 ? "day " + (Math.floor((d.start_ms + v) / 86400000) + 1) : clock(d.start_ms + v, whole) },
      }),
      y: axis(c, { beginAtZero: true, ticks: { callback: tick, precision: d.unit === "count" ? 0 : undefined } }),
    };
    options.plugins.tooltip.callbacks = {
      title: (items) => items.length ? "from " + clock(d.start_ms + items[0].parsed.x, whole) : "",
      label: (item) => " " + show(item.parsed.y) + "  " + item.dataset.label,
    };
    options.plugins.marks = { lines: d.marks };
    const sets = d.series.map((s, k) => ({
      label: s.name, data: s.values.map((y, x) => ({ x: x * d.step_ms, y })), borderColor: c.series[k % 8],
      backgroundColor: c.series[k % 8] + "30", borderWidth: s.dashed ? 1.5 : 2, borderDash: s.dashed ? [5, 4] : [],
      pointRadius: 0, pointHoverRadius: 4, pointHitRadius: 12, stepped: true, spanGaps: false,
      fill: d.series.length === 1 ? "origin" : false,
    }));
    return { type: "line", data: { datasets: sets }, options, plugins: [marks] };
  }
  const over = (name) => (c) => overTime(c, data[name]);

  function hours(c) {
    const options = base(c);
    options.scales = {
      x: axis(c, { grid: { display: false }, ticks: { callback: (v) => v % (narrow() ? 6 : 3) === 0 ? v + " h" : "" , autoSkip: false } }),
      y: axis(c, { beginAtZero: true, ticks: { callback: (v) => digits(v) + "×" } }),
    };
    options.plugins.tooltip.callbacks = {
      title: (items) => items.length ? items[0].label + ":00 to " + (Number(items[0].label) + 1) + ":00" : "",
      label: (item) => " " + digits(item.parsed.y) + "× the mean hour",
    };
    const bars = { label: "against the mean", data: data.hours, backgroundColor: c.series[0], borderRadius: 2 };
    return { type: "bar", data: { labels: data.hours.map((_, i) => String(i)), datasets: [bars] }, options };
  }

  const makers = {
    cost, money, latency, day, load, hours, arrivals: over("arrivals"), pods: over("pods"), answers: over("answers"),
    queue: over("queue"), nodes: over("nodes"), spent: over("spent"),
  };

  function build(canvas) {
    const id = canvas.dataset.chart;
    const [kind, at] = id.split("-");
    const old = made.get(id);
    const hidden = old ? old.data.datasets.map((_, k) => !old.isDatasetVisible(k)) : [];
    if (old) old.destroy();
    const config = makers[kind](colours(), Number(at), canvas);
    const chart = new Chart(canvas, config);
    hidden.forEach((h, k) => { if (h) chart.setDatasetVisibility(k, false); });
    if (hidden.some(Boolean)) chart.update();
    made.set(id, chart);
    legend(chart, id);
  }

  // Our own legend: buttons that the keyboard reaches, with the dash as well as the colour.
  function legend(chart, id) {
    const box = document.querySelector('[data-legend="' + id + '"]');
    box.replaceChildren(...chart.data.datasets.map((set, k) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", String(chart.isDatasetVisible(k)));
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 22 10");
      svg.setAttribute("aria-hidden", "true");
      const bar = chart.config.type === "bar";
      const shape = document.createElementNS("http://www.w3.org/2000/svg", bar ? "rect" : "line");
      const put = (names) => Object.entries(names).forEach(([n, v]) => shape.setAttribute(n, v));
      if (bar) put({ x: 4, y: 0, width: 14, height: 10, rx: 2, fill: set.backgroundColor });
      else put({ x1: 0, y1: 5, x2: 22, y2: 5, stroke: set.borderColor, "stroke-width": set.borderWidth, "stroke-dasharray": (set.borderDash || []).join(" ") });
      svg.append(shape);
      button.append(svg, set.label);
      button.addEventListener("click", () => {
        chart.setDatasetVisibility(k, !chart.isDatasetVisible(k));
        button.setAttribute("aria-pressed", String(chart.isDatasetVisible(k)));
        chart.update();
      });
      return button;
    }));
  }

  // Arrow keys walk along the axis; what the tooltip shows is also said.
  function keyboard(canvas) {
    let at = -1;
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
      const chart = made.get(canvas.dataset.chart);
      if (!step || !chart) return;
      event.preventDefault();
      const n = Math.max(...chart.data.datasets.map((s) => s.data.length));
      const stride = Math.max(1, Math.round(n / 40));
      at = at < 0 ? 0 : Math.min(n - 1, Math.max(0, at + step * stride));
      const active = chart.data.datasets.map((set, datasetIndex) => ({ datasetIndex, index: at, value: set.data[at] }))
        .filter((e) => chart.isDatasetVisible(e.datasetIndex) && e.value !== undefined && e.value !== 0 && e.value.y !== null);
      if (!active.length) return;
      const point = chart.getDatasetMeta(active[0].datasetIndex).data[at];
      chart.setActiveElements(active);
      chart.tooltip.setActiveElements(active, { x: point.x, y: point.y });
      chart.update();
      const said = document.querySelector('[data-said="' + canvas.dataset.chart + '"]');
      said.textContent = (chart.tooltip.title || []).concat((chart.tooltip.body || []).map((b) => b.lines.join(" "))).join(", ");
    });
  }

  const canvases = [...document.querySelectorAll("canvas[data-chart]")].filter((canvas) => {
    const [kind, at] = canvas.dataset.chart.split("-");
    return at === undefined ? data[kind] : data.components[at] && data.components[at][kind];
  });
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  canvases.forEach(keyboard);

  // A chart is drawn when it comes near the window.
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      if (!made.has(entry.target.dataset.chart)) build(entry.target);
    }
  }, { rootMargin: "400px" });
  canvases.forEach((canvas) => seen.observe(canvas));
  const redraw = () => canvases.filter((c) => made.has(c.dataset.chart)).forEach(build);

  // Theme: as the system has it, or light, or dark; remembered where the browser allows it.
  const themes = ["auto", "light", "dark"];
  const button = document.getElementById("theme");
  let theme = "auto";
  try { theme = localStorage.getItem("crossover-theme") || "auto"; } catch { /* a file without storage */ }
  function show(name) {
    theme = themes.includes(name) ? name : "auto";
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    button.textContent = "Theme: " + theme;
    redraw();
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    show(themes[(themes.indexOf(theme) + 1) % themes.length]);
    try { localStorage.setItem("crossover-theme", theme); } catch { /* a file without storage */ }
  });
  show(theme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  // Paper is white and wants every chart.
  addEventListener("beforeprint", () => {
    root.dataset.theme = "light";
    root.dataset.print = "";
    Chart.defaults.devicePixelRatio = 2.5;
    canvases.forEach(build);
  });
  addEventListener("afterprint", () => {
    Chart.defaults.devicePixelRatio = undefined;
    delete root.dataset.print;
    show(theme);
  });

  // For the sliders.
  globalThis.crossover = { dollars, count };
})();
