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
