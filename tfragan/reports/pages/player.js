for (const show of document.querySelectorAll("[data-pictures]")) {
  const pictures = JSON.parse(show.dataset.pictures);
  const image = show.querySelector("img"), link = image.parentElement;
  const steps = show.querySelector(".steps");
  const range = steps.querySelector("input");
  const [back, play, next] = steps.querySelectorAll("button");
  const output = steps.querySelector("output");
  let timer = null;
  const go = number => {
    range.value = Math.min(Math.max(number, 0), pictures.length - 1);
    const picture = pictures[range.value];
    image.src = link.href = picture.src;
    output.textContent = "step " + picture.step.toLocaleString("en");
  };
  const stop = () => {
    clearInterval(timer); timer = null; play.textContent = "Play";
  };
  range.max = pictures.length - 1;
  range.oninput = () => { stop(); go(+range.value); };
  back.onclick = () => { stop(); go(+range.value - 1); };
  next.onclick = () => { stop(); go(+range.value + 1); };
  play.onclick = () => {
    if (timer) return stop();
    play.textContent = "Stop";
    if (+range.value === pictures.length - 1) go(0);
    timer = setInterval(() => {
      if (+range.value === pictures.length - 1) return stop();
      go(+range.value + 1);
    }, 500);
  };
  for (const one of show.querySelectorAll(".links a"))
    one.onclick = event => {
      event.preventDefault(); stop(); go(+one.dataset.number);
    };
  steps.hidden = pictures.length < 2;
  go(pictures.length - 1);
}
