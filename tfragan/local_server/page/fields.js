// The fields of a form, one for each input of a task.

import { fileInput } from "./server.js";

const LARGEST_SEED = 2 ** 31 - 1;

/** Fills `parent` with fields; returns a function to the instance to send. */
export function makeFields(parent, inputs, values) {
  parent.replaceChildren();
  const names = Object.keys(inputs).sort(
    (first, second) => rank(first) - rank(second),
  );
  const readers = names.map((name) => {
    const { element, read } = field(name, inputs[name], values);
    parent.append(element);
    return async () => [name, await read()];
  });
  return async () =>
    Object.fromEntries(await Promise.all(readers.map((read) => read())));
}

const ORDER = ["image_bytes", "reference_bytes", "caption", "label_ids", "seed"];

function rank(name) {
  const place = ORDER.indexOf(name);
  return place < 0 ? ORDER.length : place;
}

function field(name, about, values) {
  if (name.endsWith("_bytes")) return fileField(name, values);
  if (name === "caption") return captionField(values);
  if (name === "label_ids") return labelsField(values);
  return numberField(name, about, values);
}

function captionField(values) {
  const input = make("input", { type: "text", name: "caption", required: true });
  input.placeholder = "a small bird with a red head";
  input.value = values.caption ?? "";
  input.addEventListener("input", () => (values.caption = input.value));
  return { element: labelled("Sentence", input, "wide"), read: () => input.value };
}

function labelsField(values) {
  const input = make("input", { type: "text", name: "label_ids", required: true });
  input.pattern = " *\\d+( *, *\\d+)* *";
  input.placeholder = "0, 3";
  input.value = values.labels ?? "";
  input.addEventListener("input", () => (values.labels = input.value));
  return {
    element: labelled("Labels, as numbers", input, "wide"),
    read: () => input.value.split(",").map(Number),
  };
}

function numberField(name, about, values) {
  const whole = about.dtype.startsWith("int");
  const input = make("input", { type: "number", name, required: true });
  input.value = values[name] ?? (whole ? 0 : 0.5);
  if (!whole) Object.assign(input, { step: 0.05, min: 0.05, max: 1 });
  input.addEventListener("input", () => (values[name] = input.value));
  const element = labelled(name[0].toUpperCase() + name.slice(1), input);
  if (name === "seed") {
    const another = make("button", { type: "button", textContent: "another" });
    another.addEventListener("click", () => {
      input.value = values.seed = Math.floor(Math.random() * LARGEST_SEED);
      input.form.requestSubmit();
    });
    const row = make("div", { className: "row" });
    row.append(element, another);
    return { element: row, read: () => Number(input.value) };
  }
  return { element, read: () => Number(input.value) };
}

function fileField(name, values) {
  const title = name === "image_bytes" ? "Photo" : "Reference";
  const input = make("input", {
    type: "file",
    name,
    accept: "image/png,image/jpeg",
  });
  const box = make("div", { className: "drop" });
  const preview = make("img", { alt: "", hidden: true });
  box.append(labelled(`${title}, or drop one here`, input), preview);
  const show = (file) => {
    values[name] = file;
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.alt = file.name;
    preview.hidden = false;
  };
  if (values[name]) show(values[name]);
  input.addEventListener("change", () => input.files[0] && show(input.files[0]));
  box.addEventListener("dragover", (event) => {
    event.preventDefault();
    box.classList.add("over");
  });
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    if (event.dataTransfer.files[0]) show(event.dataTransfer.files[0]);
  });
  return {
    element: box,
    read: () => {
      if (!values[name]) throw new Error(`${title}: choose a file first.`);
      return fileInput(values[name]);
    },
  };
}

function labelled(text, input, className = "") {
  const label = make("label", { className });
  label.append(text, input);
  return label;
}

export function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}
