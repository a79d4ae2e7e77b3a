// Draws the figures of a page once plotly.js is there. Until then, and where scripts do not run, each figure is its still picture.
window.memwallDraw = function (id, make) {
  var luminance = function (color) {
    var part = (color || "").match(/[\d.]+/g);
    return !part || (part.length > 3 && +part[3] === 0) ? null : (0.299 * part[0] + 0.587 * part[1] + 0.114 * part[2]) / 255;
  };
  var isDark = function (element) {
    for (var at = element; at && at.nodeType === 1; at = at.parentElement) {
      var known = luminance(getComputedStyle(at).backgroundColor);
      if (known !== null) return known < 0.4;
    }
    return false;
  };
  var ink = function (figure, dark) {
    var change = { "font.color": dark ? "#e6e6e6" : "#1b1b1b" };
    Object.keys(figure.layout).forEach(function (name) {
      if (!/^[xy]axis\d*$/.test(name)) return;
      change[name + ".gridcolor"] = dark ? "#444444" : "#e2e2e2";
      change[name + ".linecolor"] = dark ? "#e6e6e6" : "#1b1b1b";
    });
    return change;
  };
  document.querySelectorAll('[data-memwall-figure="' + id + '"]:not([data-drawn])').forEach(function (holder) {
    holder.setAttribute("data-drawn", "");
    whenNear(holder, function () { draw(holder, make()); });
  });
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
  function draw(holder, figure) {
    var spot = document.createElement("div");
    holder.appendChild(spot);
    window.Plotly.newPlot(spot, figure.data, figure.layout, figure.config).then(function () {
      // The still picture stays for print, whose pages are narrower than windows.
      holder.setAttribute("data-drawn", "yes");
      var show = function (dark) { window.Plotly.relayout(spot, ink(figure, dark)); };
      if (isDark(holder)) show(true);
      if (window.matchMedia) window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { setTimeout(function () { show(isDark(holder)); }, 50); });
    }, function () { spot.remove(); });
  }
};
