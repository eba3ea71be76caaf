// The pictures of an answer, and where the model looked.

const byId = (id) => document.getElementById(id);
const TITLES = { image_bytes: "result", heat_map_bytes: "heat map" };
let layers = null;

/** A new element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Shows an answer: every picture in it, and its maps under a slider. */
export function showResult(outputs, photo) {
  const files = Object.keys(outputs).filter((name) => name.endsWith("_bytes"));
  files.sort((first, second) => isMain(second) - isMain(first));
  const figures = files.map((name) => {
    const plain = name.replace(/_bytes$/, "").replaceAll("_", " ");
    const address = `data:image/png;base64,${outputs[name].b64}`;
    return figure(TITLES[name] ?? plain, address);
  });
  const main = isMain(files[0]) && figures[0].querySelector(".picture");
  if (photo) figures.unshift(figure("photo", URL.createObjectURL(photo)));
  byId("pictures").replaceChildren(...figures);
  showMaps(outputs, main);
  byId("result").hidden = false;
}

const isMain = (name) => Number(name === "image_bytes");

function figure(title, href) {
  const image = make("img", { src: href, alt: title });
  const download = `${title.replaceAll(" ", "_")}.png`;
  const link = make("a", { href, download, textContent: title });
  const picture = make("div", { className: "picture" }, image);
  return make("figure", {}, picture, make("figcaption", {}, link));
}

/**
 * What the slider goes through: of attention the words, in maps of several
 * sizes; of masks the sizes.
 */
function layersOf(outputs) {
  const maps = Object.keys(outputs)
    .filter((name) => /^(attention_map|mask)_\d+$/.test(name))
    .sort((first, second) => sizeOf(second) - sizeOf(first));
  if (!maps.length) return null;
  if (maps[0].startsWith("mask")) {
    return {
      kind: "Mask",
      names: maps.reverse().map((name) => `${sizeOf(name)} pixels`),
      maps: [["all blocks", (place) => channel(outputs[maps[place]], 0)]],
    };
  }
  const words = (outputs.words ?? []).filter(Boolean);
  const parts = outputs[maps[0]][0][0].map((_, place) => `part ${place + 1}`);
  return {
    kind: words.length ? "Word" : "Part",
    names: words.length ? words : parts,
    maps: maps.map((name) => [
      `${sizeOf(name)} x ${sizeOf(name)}`,
      (place) => channel(outputs[name], place),
    ]),
  };
}

const sizeOf = (name) => Number(name.match(/\d+$/)[0]);
const channel = (map, place) => map.map((row) => row.map((cell) => cell[place]));

function showMaps(outputs, picture) {
  layers = picture && layersOf(outputs);
  byId("maps").hidden = !layers;
  if (!layers) return;
  picture.append(make("canvas"));
  const slider = byId("slider");
  // At 0 the picture is seen alone.
  slider.max = layers.names.length;
  slider.value = Math.min(slider.value, slider.max);
  byId("words").replaceChildren(
    ...layers.names.map((textContent, place) => {
      const button = make("button", { type: "button", textContent });
      button.addEventListener("click", () => {
        slider.value = place + 1;
        drawMap();
      });
      return button;
    }),
  );
  byId("map").replaceChildren(
    ...layers.maps.map(([name], place) => new Option(name, place)),
  );
  byId("map").parentElement.hidden = layers.maps.length < 2;
  drawMap();
}

function drawMap() {
  const place = Number(byId("slider").value) - 1;
  const name = layers.names[place] ?? "none";
  byId("slider-label").textContent = `${layers.kind}: ${name}`;
  byId("slider").setAttribute("aria-valuetext", name);
  [...byId("words").children].forEach((button, number) =>
    button.setAttribute("aria-pressed", number === place),
  );
  const canvas = document.querySelector(".picture canvas");
  canvas.hidden = place < 0;
  if (place < 0) return;
  const [, values] = layers.maps[Number(byId("map").value)];
  paint(canvas, values(place));
}

/** Darkens a picture where the map is low, as far as the strength says. */
function paint(canvas, map) {
  const strength = byId("strength").value / 100;
  const cells = map.flat();
  const high = Math.max(...cells, 1e-12);
  const low = Math.min(...cells);
  canvas.width = canvas.height = map.length;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(map.length, map.length);
  cells.forEach((cell, place) => {
    const share = high > low ? (cell - low) / (high - low) : 1;
    pixels.data[4 * place + 3] = 255 * strength * (1 - share);
  });
  context.putImageData(pixels, 0, 0);
}

for (const id of ["slider", "map", "strength"]) {
  byId(id).addEventListener("input", () => layers && drawMap());
}
