// The page: choose a model and a task, fill in the fields, see the answer.

import { makeFields } from "./fields.js";
import { showResult } from "./result.js";
import { listModels, predict } from "./server.js";
import { tasksOf } from "./tasks.js";

const byId = (id) => document.getElementById(id);
// What was typed and dropped stays when model or task change.
const values = {};
let models = [];
let tasks = [];
let readFields = null;

function showError(text) {
  byId("error").textContent = text;
  byId("error").hidden = !text;
}

function chosen(id, list) {
  return list.find(({ name }) => name === byId(id).value);
}

function showModels() {
  byId("model").replaceChildren(
    ...models.map(
      ({ name, class_name, version }) =>
        new Option(`${name} (${class_name ?? "model"}, ${version})`, name),
    ),
  );
  showTasks();
}

function showTasks() {
  tasks = tasksOf(chosen("model", models));
  byId("task").replaceChildren(
    ...tasks.map(({ name, title }) => new Option(title, name)),
  );
  byId("task").parentElement.hidden = tasks.length < 2;
  showFields();
}

function showFields() {
  readFields = makeFields(byId("fields"), chosen("task", tasks).inputs, values);
  byId("fields").querySelector("input[type=text], input")?.focus();
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
    const task = chosen("task", tasks);
    const instance = await readFields();
    const outputs = await predict(
      chosen("model", models).name,
      task.signature,
      instance,
    );
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
  models = await listModels();
  if (models.length) showModels();
  else showError("No model is served yet.");
} catch (error) {
  showError(error.message);
}
