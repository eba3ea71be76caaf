"""Style sheet and script of a report, beside those that all pages share."""

from tfragan.visualization import page_template

STYLE = (
    page_template.STYLE
    + """
body { overflow-wrap: anywhere; }
h3 { font-size: 15px; margin: 18px 0 8px; }
h4 { font-size: 13px; margin: 0 0 10px; color: var(--soft); }
.card > h3 { margin-top: 0; } p { max-width: 76ch; margin: 8px 0; }
header .card { margin-top: 14px; } .wide { overflow-x: auto; }
.wide:focus-visible, summary:focus-visible, input:focus-visible {
  outline: 2px solid var(--c0); outline-offset: 2px; }
th { text-align: left; font-weight: 600; padding: 3px 12px 3px 0;
  vertical-align: bottom; overflow-wrap: anywhere; }
tbody th { font-weight: 400; border-top: 1px solid var(--rule);
  color: var(--soft); vertical-align: top; }
td:first-child { width: auto; }
thead td { border: 0; } .wide th { overflow-wrap: normal;
  white-space: nowrap; } .wide td { min-width: 7em; }
.numbers td { white-space: nowrap; }
.numbers td { font-variant-numeric: tabular-nums; color: var(--ink); }
.numbers tbody + tbody tr:first-child > * { border-top: 2px solid var(--frame);
} ul.remarks { padding-left: 1.2em; font-size: 13px; color: var(--soft); }
ul.remarks li { overflow-wrap: anywhere; margin: 3px 0; }
figure img { height: auto; } .pair + .pair { margin-top: 14px; }
.slides { overflow: visible; }
.slider { display: flex; align-items: center; gap: 10px; padding: 6px 0;
  margin-bottom: 6px; position: sticky; top: 0; background: var(--card);
} .slider[hidden] { display: none; } .slider label { display: flex; gap: 8px;
  align-items: center; flex: 1 1 auto; } .slider input { flex: 1 1 120px;
  min-width: 0; accent-color: var(--c0); } .slider output { min-width: 5em;
  font-variant-numeric: tabular-nums; }
.slides figure + figure { margin-top: 12px; }
.scripted .slides figure[data-step] { display: none; margin: 0; }
.scripted .slides figure.shown { display: block; }
.scripted .slides .slider:not([hidden]) ~ figure figcaption { display: none; }
.near { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr));
  gap: 8px; padding: 8px 0; border-top: 1px solid var(--rule); }
.near img { width: 100%; max-width: 128px; }
.near figcaption, .examples figcaption { font-size: 12px; line-height: 1.35;
  overflow-wrap: anywhere; }
.near figure:first-child figcaption { display: -webkit-box; overflow: hidden;
  -webkit-line-clamp: 3; -webkit-box-orient: vertical; }
.near figure:not(:first-child) figcaption {
  font-variant-numeric: tabular-nums; }
.examples { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 150px), 1fr)); }
.examples.threes { grid-template-columns:
  repeat(auto-fill, minmax(min(100%, 240px), 1fr)); }
.row { display: flex; gap: 4px; } .row img { min-width: 0; flex: 0 1 128px;
  max-width: 128px; } .examples b { color: var(--ink); }
@media (max-width: 640px) { .numbers th, .numbers td:nth-child(2) {
  white-space: normal; overflow-wrap: anywhere; min-width: 7em; } }
.gap { border-left: 3px solid var(--c4); padding-left: 10px; }
"""
)

SCRIPT = (
    """
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
"""
    + page_template.CHART_SCRIPT
)
