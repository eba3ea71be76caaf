"""What all pages share: style sheet, scripts, and the frame of HTML."""

import html

STYLE = """
:root { color-scheme: light dark; --page: #f6f6f4; --card: #fff;
  --ink: #1d1d1b; --soft: #6a6a66; --rule: #e3e3df; --frame: #d9d9d4;
  --c0: #2065c9; --c1: #c8501a; --c2: #1d8653; --c3: #a43d8d;
  --c4: #a07800; --c5: #3d8fa8; }
@media (prefers-color-scheme: dark) { :root { --page: #161615;
  --card: #1f1f1e; --ink: #ececea; --soft: #9d9d98; --rule: #343432;
  --frame: #3a3a38; --c0: #6ea8ff; --c1: #ff9361; --c2: #58c58f;
  --c3: #dd85c9; --c4: #d8b13f; --c5: #6fc4de; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 24px 20px 60px;
  background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 18px; margin: 34px 0 10px; }
.soft, figcaption, summary { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 14px; }
.tile, .card { background: var(--card); border: 1px solid var(--frame);
  border-radius: 8px; }
.tile { padding: 8px 14px; } .tile b { display: block; font-size: 19px;
  font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.card { padding: 14px; overflow: hidden; }
.pair { display: flex; flex-wrap: wrap; gap: 14px; align-items: flex-start; }
.pair > .card { flex: 1 1 380px; min-width: 0; }
figure { margin: 0; } figure img { max-width: 100%; border-radius: 4px;
  display: block; background: #fff; }
.steps { display: flex; flex-wrap: wrap; align-items: center; gap: 8px;
  margin-bottom: 10px; } .steps[hidden] { display: none; }
.steps input { flex: 1 1 160px; accent-color: var(--c0); }
.steps output { min-width: 8em; font-variant-numeric: tabular-nums; }
button { font: inherit; color: inherit; background: var(--page);
  border: 1px solid var(--frame); border-radius: 6px; padding: 2px 10px;
  cursor: pointer; }
details { margin-top: 10px; } summary { cursor: pointer; }
.links a { display: inline-block; margin-right: 12px; color: var(--c0); }
.charts { display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 500px), 1fr)); }
.chart { background: var(--card); border: 1px solid var(--frame);
  border-radius: 8px; padding: 10px 12px 4px; }
.chart figcaption { font-size: 13px; display: flex; flex-wrap: wrap;
  gap: 2px 14px; } .chart b { color: var(--ink); }
.chart em { font-style: normal; color: var(--ink);
  font-variant-numeric: tabular-nums; }
.key i { display: inline-block; width: 14px; height: 3px; margin-right: 5px;
  border-radius: 2px; vertical-align: middle; background: currentColor; }
svg { display: block; width: 100%; height: auto; }
.rule { stroke: var(--rule); } .tick { fill: var(--soft); font-size: 12px; }
.chance { stroke: var(--soft); stroke-dasharray: 5 4; }
.line, .faint { fill: none; stroke: currentColor; stroke-width: 2;
  stroke-linejoin: round; } .faint { stroke-width: 1; opacity: .25; }
.dot { fill: currentColor; } .band { fill: currentColor; opacity: .13; }
.s0 { color: var(--c0); } .s1 { color: var(--c1); } .s2 { color: var(--c2); }
.s3 { color: var(--c3); } .s4 { color: var(--c4); } .s5 { color: var(--c5); }
.cursor line { stroke: var(--soft); } .cursor rect { fill: var(--card);
  stroke: var(--frame); } .cursor text { fill: var(--ink); font-size: 12px; }
table { border-collapse: collapse; font-size: 14px; width: 100%; }
td { border-top: 1px solid var(--rule); padding: 3px 12px 3px 0;
  vertical-align: top; overflow-wrap: anywhere; }
td:first-child { color: var(--soft); white-space: nowrap; width: 1%; }
ol { margin: 6px 0; padding-left: 2em; }
"""

_PICTURE_SCRIPT = """
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
"""

CHART_SCRIPT = """
const SVG = "http://www.w3.org/2000/svg";
const make = (name, values, text) => {
  const node = document.createElementNS(SVG, name);
  for (const key in values) node.setAttribute(key, values[key]);
  if (text !== undefined) node.textContent = text;
  return node;
};
for (const svg of document.querySelectorAll("[data-chart]")) {
  const chart = JSON.parse(svg.dataset.chart);
  const cursor = svg.querySelector(".cursor");
  const [left, right] = chart.x, [first, last] = chart.steps;
  svg.onpointerleave = () => cursor.replaceChildren();
  svg.onpointermove = event => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * 640 / box.width;
    const step = first + (x - left) / (right - left) * (last - first);
    const near = chart.series.map(one => one.points.reduce((a, b) =>
      Math.abs(b[0] - step) < Math.abs(a[0] - step) ? b : a));
    const at = near.reduce((a, b) =>
      Math.abs(b[0] - step) < Math.abs(a[0] - step) ? b : a)[0];
    const place = left + (right - left) *
      (last > first ? (at - first) / (last - first) : 0);
    const rows = ["step " + at.toLocaleString("en"),
      ...near.map((one, n) => chart.series[n].name + "  " + one[1])];
    const width = 14 + 6.9 * Math.max(...rows.map(row => row.length));
    const side = place > 320 ? place - width - 8 : place + 8;
    cursor.replaceChildren(
      make("line", {x1: place, x2: place, y1: 10, y2: 214}),
      ...near.map((one, n) => make("circle",
        {class: "dot s" + chart.series[n].color,
          cx: place, cy: one[2], r: 3.5})),
      make("rect", {x: side, y: 12, width: width,
        height: 8 + 16 * rows.length, rx: 4}),
      ...rows.map((row, n) => make("text",
        {x: side + 6, y: 28 + 16 * n}, row)));
  };
}
"""

SCRIPT = _PICTURE_SCRIPT + CHART_SCRIPT.lstrip()


def html_page(title, sections, style=STYLE, script=SCRIPT):
    """A page that needs no other file.

    Args:
        title: text, str.
        sections: list of HTML, str; empty ones are left out.
        style: the style sheet.
        script: the JavaScript.

    Returns:
        HTML, str.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(title)}</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n"
        + "\n".join(section for section in sections if section)
        + f"\n<script>{script}</script>\n</body>\n</html>\n"
    )


def section(title, body):
    """A part of a page under its heading.

    Args:
        title: text, str.
        body: HTML, str.

    Returns:
        HTML, str.
    """
    return f"<section>\n<h2>{html.escape(title)}</h2>\n{body}\n</section>"
