// Draws the figures of a page with plotly.js. Before it is there, and where scripts do not run, each figure is its still picture.
(function () {
  var style = "[data-memwall-figure][data-drawn=yes]>svg{display:none}"
    // A label on coloured marks has an outline in the colour of the paper under its letters.
    + "[data-memwall-figure] .annotation text,[data-memwall-figure] .textpoint text{paint-order:stroke;"
    + "stroke:var(--memwall-paper)!important;stroke-width:4px!important;stroke-linejoin:round}"
    // Black marks are for coloured areas. The legend has no area behind it.
    + "[data-memwall-figure] .legendlines path[style*='stroke: rgb(0, 0, 0)']{stroke:var(--memwall-ink)!important}"
    + "[data-memwall-figure] .legendpoints path[style*='fill: rgb(0, 0, 0)']{fill:var(--memwall-ink)!important}"
    // The screen shows the interactive chart; print shows the still picture, because its pages are narrower than windows.
    + "@media print{[data-memwall-figure][data-drawn=yes]>svg{display:inline}[data-memwall-figure][data-drawn=yes]>div{display:none}}";
  if (!document.getElementById("memwall-figures")) {
    var element = document.createElement("style");
    element.id = "memwall-figures";
    element.textContent = style;
    document.head.appendChild(element);
  }

  // The parts of a colour as the browser writes it, 0 to 1 for the opacity; null if it is not known.
  function parse(color) {
    var part = (color || "").match(/[\d.]+/g);
    return part && part.length >= 3 ? { red: +part[0], green: +part[1], blue: +part[2], opacity: part.length > 3 ? +part[3] : 1 } : null;
  }
  function luminance(color) { return (0.299 * color.red + 0.587 * color.green + 0.114 * color.blue) / 255; }

  // The nearest background that hides what is behind it. An editor draws it outside of the page, which then has none.
  function background(element) {
    for (var at = element; at && at.nodeType === 1; at = at.parentElement) {
      var color = parse(getComputedStyle(at).backgroundColor);
      if (color && color.opacity > 0.5) return color;
    }
    return null;
  }
  function named(element) {
    var kind = document.body.getAttribute("data-vscode-theme-kind") || "";
    var names = document.body.className + " " + kind;
    if (/vscode-(high-contrast-)?light/.test(names)) return false;
    if (/vscode-(dark|high-contrast)/.test(names)) return true;
    var jupyter = element.closest("[data-jp-theme-light]");
    return jupyter ? jupyter.getAttribute("data-jp-theme-light") === "false" : null;
  }

  // Whether the page behind a figure is dark: what is seen behind it, what the editor says, or else what its text colour suits.
  function colors(element) {
    var paper = background(element), known = named(element), ink = parse(getComputedStyle(element).color);
    var dark = paper ? luminance(paper) < 0.5 : known !== null ? known : ink ? luminance(ink) > 0.5 : false;
    var suits = ink && ink.opacity > 0.8 && Math.abs(luminance(ink) - (paper ? luminance(paper) : dark ? 0.1 : 1)) > 0.5;
    return {
      text: suits ? getComputedStyle(element).color : dark ? "#e6e6e6" : "#1b1b1b",
      grid: dark ? "#4a4a4a" : "#dcdcdc",
      paper: paper ? "rgb(" + paper.red + "," + paper.green + "," + paper.blue + ")" : dark ? "#1e1e1e" : "#ffffff"
    };
  }
  function show(holder, color) {
    holder.style.setProperty("--memwall-paper", color.paper);
    holder.style.setProperty("--memwall-ink", color.text);
  }
  function change(layout, color) {
    var result = { "font.color": color.text };
    Object.keys(layout).forEach(function (name) {
      if (!/^[xy]axis\d*$/.test(name)) return;
      result[name + ".gridcolor"] = color.grid;
      result[name + ".linecolor"] = color.text;
    });
    return result;
  }

  // A page of thirty figures opens at once: each is its still picture until it comes near the window.
  function whenNear(holder, act) {
    if (!window.IntersectionObserver) return act();
    var watch = new IntersectionObserver(function (entries) {
      if (!entries.some(function (entry) { return entry.isIntersecting; })) return;
      watch.disconnect();
      act();
    }, { rootMargin: "800px 0px" });
    watch.observe(holder);
  }
  // A figure is stored compressed, because a saved notebook holds all of its own.
  function unpack(data) {
    var bytes = Uint8Array.from(atob(data), function (character) { return character.charCodeAt(0); });
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
  }
  function draw(holder, figure) {
    var color = colors(holder), spot = document.createElement("div");
    show(holder, color);
    figure.layout.font = Object.assign(figure.layout.font || {}, { color: color.text });
    Object.keys(figure.layout).forEach(function (name) {
      if (/^[xy]axis\d*$/.test(name)) Object.assign(figure.layout[name], { gridcolor: color.grid, linecolor: color.text });
    });
    holder.appendChild(spot);
    window.Plotly.newPlot(spot, figure.data, figure.layout, figure.config).then(function () {
      holder.setAttribute("data-drawn", "yes");
      makeRoom(spot, figure.layout);
      onThemeChange(function () {
        if (!document.contains(spot)) return;
        var now = colors(holder);
        show(holder, now);
        window.Plotly.relayout(spot, change(figure.layout, now));
      });
    }, function () { spot.remove(); });
  }
  // On a narrow page a legend has several lines, and would lie in the panel above its own: the panels then move apart.
  function makeRoom(spot, layout) {
    var axes = Object.keys(layout).filter(function (name) { return /^yaxis\d*$/.test(name); }), drawing = spot._fullLayout._size.h;
    if (axes.length < 2 || !layout.legend2) return;
    var at = axes.map(function (name) { return layout[name].domain; }), change = {}, extra = 0;
    var gaps = axes.map(function (name, i) {
      var legend = i > 0 && spot.querySelector("g.legend" + (i + 1)), gap = i > 0 ? (at[i - 1][0] - at[i][1]) * drawing : 0;
      var needed = legend ? Math.max(gap, legend.getBoundingClientRect().height + 4) : gap;
      extra += needed - gap;
      return needed;
    });
    if (extra < 1) return;
    var whole = drawing + extra, top = whole;
    axes.forEach(function (name, i) {
      top -= gaps[i];
      var height = (at[i][1] - at[i][0]) * drawing;
      change[name + ".domain"] = [Math.max(0, (top - height) / whole), top / whole];
      if (i > 0 && layout["legend" + (i + 1)]) change["legend" + (i + 1) + ".y"] = top / whole;
      top -= height;
    });
    change["legend.y"] = 1 + (layout.legend.y - 1) * drawing / whole;
    change.height = layout.height + extra;
    window.Plotly.relayout(spot, change);
  }
  function onThemeChange(act) {
    var later = function () { setTimeout(act, 50); };
    if (window.matchMedia) window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
    var watch = new MutationObserver(later);
    var watched = { attributes: true, attributeFilter: ["class", "style", "data-vscode-theme-kind", "data-jp-theme-light"] };
    watch.observe(document.body, watched);
    watch.observe(document.documentElement, watched);
  }

  window.memwallDraw = function (id, data) {
    if (!window.DecompressionStream) return;
    document.querySelectorAll('[data-memwall-figure="' + id + '"]:not([data-drawn])').forEach(function (holder) {
      holder.setAttribute("data-drawn", "");
      whenNear(holder, function () { unpack(data).then(function (figure) { draw(holder, figure); }); });
    });
  };
  // Figures can be in the page before these scripts.
  (window.memwallFigures || []).forEach(function (figure) { window.memwallDraw(figure[0], figure[1]); });
  window.memwallFigures = { push: function (figure) { window.memwallDraw(figure[0], figure[1]); } };
})();
