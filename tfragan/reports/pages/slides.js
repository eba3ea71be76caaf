document.documentElement.classList.add("scripted");
for (const slides of document.querySelectorAll(".slides")) {
  const figures = [...slides.querySelectorAll("figure[data-step]")];
  const slider = slides.querySelector(".slider");
  const range = slides.querySelector("input");
  const output = slides.querySelector("output");
  const show = () => {
    const chosen = range ? +range.value : 0;
    figures.forEach((figure, number) =>
      figure.classList.toggle("shown", number === chosen));
    if (!range) return;
    output.textContent = figures[chosen].dataset.step;
    range.setAttribute("aria-valuetext", "step " + output.textContent);
  };
  if (range) { slider.hidden = false; range.oninput = show; }
  show();
}
