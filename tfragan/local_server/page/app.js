// The page: choose a model and a task, fill in the fields, see the answer.

import { make, showResult } from "./result.js";

const byId = (id) => document.getElementById(id);
// What was typed and dropped stays when model or task change.
const values = {};
let models = [];
let tasks = [];
let readFields = null;

/** What the server answers; its errors and silence are thrown. */
async function ask(address, options) {
  const response = await fetch(address, options).catch(() => {
    throw new Error("The server does not answer. Is it still running?");
  });
  const content = await response.json();
  if (!response.ok) throw new Error(content.error);
  return content;
}

/** The outputs of one row, by name; files are base64. */
async function predict(model, signature, instance) {
  const { predictions } = await ask(`/v1/models/${model}:predict`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ signature_name: signature, instances: [instance] }),
  });
  const [row] = predictions;
  // A single output comes without its name.
  return "b64" in row ? { image_bytes: row } : row;
}

const VARIANTS = /(^|_)(images|input_size|with_\w+)$|^serving_default$/;
const TITLES = {
  serving_default: "draw a sentence",
  with_truncation: "draw with truncated noise",
  ab: "A to B",
  ba: "B to A",
};

/** Tasks of a model, { name, title, signature, inputs } each. */
function tasksOf({ signatures }) {
  const names = Object.keys(signatures);
  const plain = names.filter((name) => !VARIANTS.test(name));
  if (!plain.length) plain.push("serving_default");
  return [...plain, "with_truncation"]
    .filter((name) => name in signatures)
    .map((name) => {
      // The signature that shows most of it.
      const prefix = name === "serving_default" ? "" : `${name}_`;
      const signature =
        [`${prefix}with_attention`, `${prefix}with_masks`]
          .find((variant) => variant in signatures) ?? name;
      const title = TITLES[name] ?? name.replaceAll("_", " ");
      return { name, title, signature, inputs: signatures[signature].inputs };
    });
}

const ORDER = ["image_bytes", "reference_bytes", "caption", "label_ids", "seed"];
const rank = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : 9);

/** Shows a field for each input; returns a function to the instance to send. */
function showFields() {
  const { inputs } = chosen("task", tasks);
  const names = Object.keys(inputs).sort((a, b) => rank(a) - rank(b));
  const fields = names.map((name) => field(name, inputs[name].dtype));
  byId("fields").replaceChildren(...fields.map(({ element }) => element));
  byId("fields").querySelector("input[type=text], input")?.focus();
  readFields = async () => {
    const read = await Promise.all(fields.map(({ read }) => read()));
    return Object.fromEntries(names.map((name, place) => [name, read[place]]));
  };
}

/** An input's { element, read }. */
function field(name, dtype) {
  if (name.endsWith("_bytes")) return fileField(name);
  const input = make("input", { name, type: "text", required: true });
  if (name === "caption") {
    input.placeholder = "a small bird with a red head";
    return keptField("Sentence", input, () => input.value);
  }
  if (name === "label_ids") {
    input.pattern = " *\\d+( *, *\\d+)* *";
    input.placeholder = "0, 3";
    const read = () => input.value.split(",").map(Number);
    return keptField("Labels, as numbers", input, read);
  }
  const whole = dtype.startsWith("int");
  Object.assign(input, { type: "number", value: whole ? 0 : 0.5 });
  if (!whole) Object.assign(input, { step: 0.05, min: 0.05, max: 1 });
  const title = name[0].toUpperCase() + name.slice(1);
  const kept = keptField(title, input, () => Number(input.value));
  if (name !== "seed") return kept;
  const another = make("button", { type: "button", textContent: "another" });
  another.addEventListener("click", () => {
    input.value = values.seed = Math.floor(Math.random() * (2 ** 31 - 1));
    input.form.requestSubmit();
  });
  const row = make("div", { className: "row" }, kept.element, another);
  return { element: row, read: kept.read };
}

function keptField(title, input, read) {
  input.value = values[input.name] ?? input.value;
  input.addEventListener("input", () => (values[input.name] = input.value));
  const className = input.type === "text" ? "wide" : "";
  return { element: make("label", { className }, title, input), read };
}

function fileField(name) {
  const title = name === "image_bytes" ? "Photo" : "Reference";
  const accept = "image/png,image/jpeg";
  const input = make("input", { type: "file", name, accept });
  const preview = make("img", { alt: "", hidden: true });
  const label = make("label", {}, `${title}, or drop one here`, input);
  const element = make("div", { className: "drop" }, label, preview);
  const show = (file) => {
    if (!file) return;
    values[name] = file;
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.alt = file.name;
    preview.hidden = false;
  };
  show(values[name]);
  input.addEventListener("change", () => show(input.files[0]));
  for (const type of ["dragover", "dragleave", "drop"]) {
    element.addEventListener(type, (event) => {
      event.preventDefault();
      element.classList.toggle("over", type === "dragover");
      show(event.dataTransfer.files[0]);
    });
  }
  const read = async () => {
    if (!values[name]) throw new Error(`${title}: choose a file first.`);
    const reader = new FileReader();
    const done = new Promise((end) => (reader.onloadend = end));
    reader.readAsDataURL(values[name]);
    await done;
    if (reader.error) throw new Error(`${title}: ${reader.error.message}`);
    return { b64: reader.result.split(",")[1] ?? "" };
  };
  return { element, read };
}

function chosen(id, list) {
  return list.find(({ name }) => name === byId(id).value);
}

function showTasks() {
  tasks = tasksOf(chosen("model", models));
  byId("task").replaceChildren(
    ...tasks.map(({ name, title }) => new Option(title, name)),
  );
  byId("task").parentElement.hidden = tasks.length < 2;
  showFields();
}

function showError(text) {
  byId("error").textContent = text;
  byId("error").hidden = !text;
}

async function run(event) {
  event.preventDefault();
  const button = byId("run");
  if (button.disabled) return;
  button.disabled = true;
  byId("state").textContent = "working";
  showError("");
  const start = performance.now();
  try {
    const { signature } = chosen("task", tasks);
    const instance = await readFields();
    const outputs = await predict(byId("model").value, signature, instance);
    showResult(outputs, "image_bytes" in instance ? values.image_bytes : null);
    const seconds = (performance.now() - start) / 1000;
    byId("state").textContent = `${seconds.toFixed(2)} s`;
  } catch (error) {
    byId("state").textContent = "";
    showError(error.message);
  } finally {
    button.disabled = false;
  }
}

byId("form").addEventListener("submit", run);
byId("model").addEventListener("change", showTasks);
byId("task").addEventListener("change", showFields);

try {
  models = await ask("/v1/models");
  byId("model").replaceChildren(
    ...models.map(
      ({ name, class_name, version }) =>
        new Option(`${name} (${class_name ?? "model"}, ${version})`, name),
    ),
  );
  showTasks();
} catch (error) {
  showError(error.message);
}
