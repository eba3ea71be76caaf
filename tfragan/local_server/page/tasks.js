// What a model can be asked, out of its signatures.

const VARIANTS = /(^|_)(images|input_size|with_\w+)$|^serving_default$/;

/**
 * The tasks of a model, the signature that shows most of each first.
 * Returns a list of { name, title, signature, inputs }.
 */
export function tasksOf(model) {
  const names = Object.keys(model.signatures);
  let plain = names.filter((name) => !VARIANTS.test(name));
  if (!plain.length) {
    plain = names.filter((name) => name === "serving_default");
  }
  const tasks = plain.map((name) => task(model, name));
  if (names.includes("with_truncation")) {
    tasks.push(task(model, "with_truncation"));
  }
  return tasks;
}

const TITLES = {
  serving_default: "draw a sentence",
  with_truncation: "draw with truncated noise",
  ab: "A to B",
  ba: "B to A",
};

function task(model, name) {
  const prefix = name === "serving_default" ? "" : `${name}_`;
  const signature = ["with_attention", "with_masks"]
    .map((variant) => prefix + variant)
    .find((variant) => variant in model.signatures) ?? name;
  return {
    name,
    title: TITLES[name] ?? name.replaceAll("_", " "),
    signature,
    inputs: model.signatures[signature].inputs,
  };
}
