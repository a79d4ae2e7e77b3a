// The contrast of every text of every figure against what is really behind it (WCAG 2.2, 1.4.3). `base` is behind a page without background.
window.contrasts = function (base) {
  function parse(text) {
    var part = (text || "").match(/[\d.]+/g);
    return part && /^rgb/.test(text) ? { r: +part[0], g: +part[1], b: +part[2], a: part.length > 3 ? +part[3] : 1 } : null;
  }
  function over(top, under) {
    var mix = function (name) { return top[name] * top.a + under[name] * (1 - top.a); };
    return { r: mix("r"), g: mix("g"), b: mix("b"), a: 1 };
  }
  function luminance(color) {
    var part = function (value) { value /= 255; return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4); };
    return 0.2126 * part(color.r) + 0.7152 * part(color.g) + 0.0722 * part(color.b);
  }
  function ratio(one, other) {
    var first = luminance(one), second = luminance(other);
    return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
  }
  function opacity(element) {
    var all = 1;
    for (var at = element; at && at.nodeType === 1; at = at.parentElement) all *= +getComputedStyle(at).opacity;
    return all;
  }
  // What an element paints at a point; null for nothing, "unknown" for a picture.
  function paint(element, x, y) {
    var style = getComputedStyle(element);
    if (!(element instanceof SVGElement) || element.localName === "svg") {
      var back = parse(style.backgroundColor);
      return back && back.a > 0 ? Object.assign(back, { a: back.a * opacity(element) }) : null;
    }
    if (element.localName === "image") return "unknown";
    if (!element.isPointInFill || /^(text|tspan|g)$/.test(element.localName)) return null;
    var color = parse(style.fill), point = new DOMPoint(x, y).matrixTransform(element.getScreenCTM().inverse());
    // A thin line crosses letters without making them unreadable.
    if (!color || !element.isPointInFill(point)) return null;
    color.a *= +style.fillOpacity * opacity(element);
    return color.a > 0 ? color : null;
  }
  function halo(style) {
    var stroke = parse(style.stroke);
    return /^stroke/.test(style.paintOrder) && stroke && stroke.a === 1 && parseFloat(style.strokeWidth) >= 3 ? stroke : null;
  }
  function behind(element, x, y) {
    var color = base, known = true;
    document.elementsFromPoint(x, y).filter(function (other) { return !element.contains(other) && !/^(text|tspan)$/.test(other.localName); })
      .reverse().forEach(function (other) {
        var painted = paint(other, x, y);
        if (painted === "unknown") known = false;
        else if (painted) { color = over(painted, color); known = known || painted.a === 1; }
      });
    return known ? color : null;
  }
  // The background of the body is that of the whole window.
  var whole = parse(getComputedStyle(document.body).backgroundColor);
  if (whole && whole.a > 0) base = over(whole, base);
  var style = document.createElement("style");
  style.textContent = "svg *{pointer-events:visiblePainted!important}";
  document.head.appendChild(style);
  var texts = [].filter.call(document.querySelectorAll("figure text, figure strong, figure figcaption span, figure li, body > .mw-doc text"),
    function (element) {
      var box = element.getBoundingClientRect();
      return element.textContent.trim() && box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === "visible";
    });
  var seen = texts.map(function (element) {
    var style = getComputedStyle(element), box = element.getBoundingClientRect(), isSvg = element instanceof SVGElement;
    var own = isSvg ? parse(style.fill) : parse(style.color), worst = null;
    own.a *= (isSvg ? +style.fillOpacity : 1) * opacity(element);
    [0.1, 0.3, 0.5, 0.7, 0.9].forEach(function (part) {
      var x = box.left + box.width * part, y = box.top + box.height * part;
      if (box.width > box.height) y = box.top + box.height / 2; else x = box.left + box.width / 2;
      var under = halo(style) || behind(element, x, y), one = under ? ratio(over(own, under), under) : 0;
      if (worst === null || one < worst.Ratio)
        worst = { Text: element.textContent, Ratio: one, Ink: isSvg ? style.fill : style.color, Paper: JSON.stringify(under) };
    });
    return worst;
  });
  style.remove();
  return { Count: seen.length, Bad: seen.filter(function (text) { return text.Ratio < 4.5; }).slice(0, 12) };
};
