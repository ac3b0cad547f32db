
// The sliders: costs at other loads, work and memory. At a computed point its numbers are shown as they are; between two,
// a straight line on logarithmic axes, and it says so; beyond what was computed there is nothing to show.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent).sliders;
  const box = document.getElementById("sliders");
  if (!data || !box) return;
  const { dollars, count } = globalThis.crossover;
  const STEPS = 10; // of the slider between two computed points
  const near = (a, b) => Math.abs(a - b) < 1e-9;
  const sorted = (values) => [...new Set(values)].sort((a, b) => a - b);
  const axes = {
    load: sorted(data.points.map((p) => p.load)),
    work: sorted(data.points.map((p) => p.work)),
    memory: sorted(data.points.map((p) => p.memory)),
  };
  const input = (name) => document.getElementById("slider-" + name);
  const team = input("team");
  const factorText = (f) => (f >= 9.95 ? f.toFixed(0) : f.toFixed(2).replace(/\.?0+$/, "")) + "×";

  for (const [name, values] of Object.entries(axes)) {
    const slider = input(name);
    slider.max = (values.length - 1) * STEPS;
    slider.value = values.findIndex((v) => near(v, 1)) * STEPS;
    slider.closest(".slider").hidden = values.length < 2;
    slider.addEventListener("input", () => {
      // Work and memory were not computed together.
      const other = { work: "memory", memory: "work" }[name];
      if (other) input(other).value = axes[other].findIndex((v) => near(v, 1)) * STEPS;
      show();
    });
    const ticks = document.getElementById("ticks-" + name);
    ticks.replaceChildren(...values.map((v, i) => {
      const option = document.createElement("option");
      option.value = i * STEPS;
      option.label = factorText(v);
      return option;
    }));
  }
  if (data.ways.every((w) => w.hours === null)) team.closest(".slider").hidden = true;
  team.addEventListener("input", show);
  document.getElementById("sliders-today").addEventListener("click", () => {
    for (const [name, values] of Object.entries(axes)) input(name).value = values.findIndex((v) => near(v, 1)) * STEPS;
    team.value = 0;
    show();
  });

  // Where a slider stands: the two computed values around it, how far between them, and the factor.
  function place(name) {
    const values = axes[name];
    const at = Number(input(name).value);
    const i = Math.min(Math.floor(at / STEPS), values.length - 1);
    const part = (at - i * STEPS) / STEPS;
    const j = part > 0 ? i + 1 : i;
    return { name, low: values[i], high: values[j], part, factor: values[i] ** (1 - part) * values[j] ** part };
  }

  // The computed points around a place with their weights.
  function corners() {
    const places = Object.keys(axes).map(place);
    let found = [{ weight: 1, at: {} }];
    for (const p of places) {
      found = found.flatMap((c) => p.part > 0
        ? [{ weight: c.weight * (1 - p.part), at: { ...c.at, [p.name]: p.low } },
           { weight: c.weight * p.part, at: { ...c.at, [p.name]: p.high } }]
        : [{ weight: c.weight, at: { ...c.at, [p.name]: p.low } }]);
    }
    const point = (at) => data.points.find((p) => Object.keys(axes).every((n) => near(p[n], at[n])));
    return { places, around: found.map((c) => ({ weight: c.weight, point: point(c.at) })) };
  }

  // A cost between its neighbours; nothing if one of them does not hold.
  function between(around, of) {
    let sum = 0;
    for (const { weight, point } of around) {
      const cost = point && of(point);
      if (cost === null || cost === undefined) return null;
      sum += weight * Math.log(Math.max(cost, 1e-6));
    }
    return Math.exp(sum);
  }

  const told = (p) => p.moves.length ? p.moves.join(", ") : "everything stays where today's answer has it";
  const placement = (p) => p.verdict === null ? "nothing holds" : p.verdict + ", " + told(p);
  const side = (p) => p.verdict === null ? ["Nothing", "holds"] : [p.verdict, told(p)];

  // What the cheapest placement is: as computed, or on which side of a computed flip of the load one stands.
  function verdict({ places, around }) {
    const all = around.map((c) => c.point);
    if (all.some((p) => !p)) return ["", "not computed together"];
    if (all.every((p) => placement(p) === placement(all[0]))) return side(all[0]);
    const moving = places.filter((p) => p.part > 0);
    if (moving.length === 1 && moving[0].name === "load" && places.every((p) => p.name === "load" || near(p.factor, 1))) {
      const [p] = moving;
      const [low, high] = all;
      const [home, away] = p.low >= 1 ? [low, high] : [high, low];
      const passed = data.flips.filter((f) => f.factor > p.low && f.factor <= p.high);
      if (passed.length) {
        const crossed = passed.filter((f) => f.factor >= 1 ? p.factor >= f.factor : p.factor <= f.factor);
        if (!crossed.length) return side(home);
        if (crossed.length === passed.length) return side(away);
        return [home.verdict === away.verdict ? home.verdict : "", "past " + crossed.map((f) => f.text + " at " + factorText(f.factor)).join(", ")];
      }
    }
    const names = sorted(all.map((p) => p.verdict || "nothing"));
    return [names.length === 1 ? names[0] : "", "it changes between the computed points: " + [...new Set(all.map(placement))].join(" – or – ")];
  }

  function said(places) {
    const moving = places.filter((p) => p.part > 0);
    if (!moving.length) return "Computed at this point.";
    return "Interpolated " + moving.map((p) => "between " + factorText(p.low) + " and " + factorText(p.high) + " of the " + { load: "load", work: "work", memory: "memory" }[p.name]).join(" and ") + ": steps of whole machines are smoothed.";
  }

  function row({ name, bill, hours, fails }, rate, most, exact, cheapest) {
    const item = document.createElement("li");
    item.className = bill === null ? "impossible" : cheapest ? "chosen" : "beaten";
    const label = document.createElement("span");
    label.className = "name";
    label.textContent = name;
    const cost = document.createElement("span");
    cost.className = "cost";
    if (bill === null) {
      const b = document.createElement("b");
      b.className = "bad";
      b.textContent = fails ? "impossible" : "not known here";
      cost.append(b);
      item.append(label, cost);
      return item;
    }
    const total = bill + (hours || 0) * rate;
    cost.textContent = (exact ? "" : "≈ ") + dollars(total);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "length");
    svg.setAttribute("viewBox", "0 0 100 8");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("width", String(most > 0 ? total / most * 100 : 0));
    rect.setAttribute("height", "8");
    svg.append(rect);
    item.append(label, svg, cost);
    if (rate > 0 && hours !== null) {
      const why = document.createElement("div");
      why.className = "why";
      const p = document.createElement("p");
      p.textContent = dollars(bill) + " to the provider, " + hours.toFixed(1).replace(".0", "") + " h at $" + rate;
      why.append(p);
      item.append(why);
    }
    return item;
  }

  function show() {
    const { places, around } = corners();
    const rate = team.closest(".slider").hidden ? 0 : Number(team.value);
    const exact = places.every((p) => p.part === 0);
    for (const p of places) {
      const text = factorText(p.factor) + (p.name === "load" ? ", " + count(data.requests * p.factor) + " requests a month" : "");
      document.getElementById("value-" + p.name).textContent = text;
      input(p.name).setAttribute("aria-valuetext", text);
    }
    const teamText = rate > 0 ? "$" + rate + " an hour" : "not counted";
    document.getElementById("value-team").textContent = teamText;
    team.setAttribute("aria-valuetext", teamText);
    const fails = (of) => around.every((c) => c.point && of(c.point) === null);
    const rows = [{
      name: "cheapest of all", bill: between(around, (p) => p.best), fails: fails((p) => p.best),
      hours: rate > 0 ? around.reduce((sum, c) => sum + c.weight * ((c.point && c.point.hours) || 0), 0) : null,
    }];
    data.ways.forEach((way, k) => rows.push({
      name: k === 0 ? "today's answer kept" : way.name, bill: between(around, (p) => p.costs[k]), fails: fails((p) => p.costs[k]), hours: way.hours,
    }));
    const total = (r) => r.bill + (r.hours || 0) * rate;
    const holding = rows.filter((r) => r.bill !== null);
    const most = Math.max(0, ...holding.map(total));
    const least = Math.min(...holding.map(total));
    const list = document.getElementById("sliders-ways");
    list.replaceChildren(...rows.map((r) => row(r, rate, most, exact, r.bill !== null && total(r) <= least * 1.0001)));
    const [word, what] = verdict({ places, around });
    document.getElementById("sliders-verdict").textContent = word || "It depends";
    document.getElementById("sliders-what").textContent = what;
    document.getElementById("sliders-said").textContent = said(places)
      + (rate > 0 ? " The cheapest is so by its bill; hours are added to it, exactly." : "");
    const load = places[0].factor;
    const today = places.every((p) => p.name === "load" || near(p.factor, 1));
    document.getElementById("sliders-flips").replaceChildren(...data.flips.filter((f) => f.factor >= axes.load[0] && f.factor <= axes.load[axes.load.length - 1]).map((f) => {
      const item = document.createElement("li");
      const passed = f.factor >= 1 ? load >= f.factor : load <= f.factor;
      item.className = passed && today ? "passed" : "";
      item.textContent = (passed && today ? "passed: " : "") + "at " + factorText(f.factor) + " of today's load " + f.text;
      return item;
    }));
  }
  box.hidden = false;
  show();
})();
