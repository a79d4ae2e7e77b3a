// Who reads the page is spared the code until it is asked for. Without scripts each block is folded and opens by itself.
(function () {
  var button = document.getElementById("toggle-code");
  var blocks = document.querySelectorAll("details.code");
  if (!button || !blocks.length) return;
  document.body.classList.add("quiet");
  button.hidden = false;
  button.addEventListener("click", function () {
    var open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(open));
    button.textContent = open ? "Hide code" : "Show code";
    document.body.classList.toggle("quiet", !open);
    blocks.forEach(function (block) { block.open = open; });
  });
})();
