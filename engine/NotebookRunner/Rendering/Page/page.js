// Opens and closes all code at once. Without scripts each block still opens by itself.
(function () {
  var button = document.getElementById("toggle-code");
  var blocks = document.querySelectorAll("details.code");
  if (!button || !blocks.length) return;
  button.hidden = false;
  button.addEventListener("click", function () {
    var open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(open));
    button.textContent = open ? "Hide code" : "Show code";
    blocks.forEach(function (block) { block.open = open; });
  });
})();
