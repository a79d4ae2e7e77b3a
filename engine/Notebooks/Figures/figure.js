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
    var spot = document.createElement("div");
    var figure = make();
    holder.appendChild(spot);
    window.Plotly.newPlot(spot, figure.data, figure.layout, figure.config).then(function () {
      var still = holder.querySelector("img");
      if (still) still.remove();
      var show = function (dark) { window.Plotly.relayout(spot, ink(figure, dark)); };
      if (isDark(holder)) show(true);
      window.addEventListener("beforeprint", function () { show(false); });
      window.addEventListener("afterprint", function () { show(isDark(holder)); });
      if (window.matchMedia) window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { setTimeout(function () { show(isDark(holder)); }, 50); });
    }, function () { spot.remove(); });
  });
};
