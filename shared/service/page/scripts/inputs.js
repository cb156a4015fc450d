/* Fields for what a model takes. Each has `node`, `read()` and `fill(value)`. */

import { Mistake, dropField, el, field } from "./elements.js";
import { human } from "./numbers.js";
import { seriesField } from "./series.js";
import { soundField } from "./sound.js";

const base64 = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Mistake(`The file can't be read: ${reader.error.message}`));
    reader.readAsDataURL(blob);
  });

const blobOf = ({ b64 }, type) => new Blob([Uint8Array.from(atob(b64), (letter) => letter.charCodeAt(0))], { type });

const textField = () => {
  const area = el("textarea", { rows: 6, placeholder: "Paste or write a text" });
  return {
    node: field("Text", area),
    read: async () => {
      if (!area.value.trim()) throw new Mistake("Write or paste a text first.");
      return { value: area.value, shown: { text: area.value } };
    },
    fill: (value) => { area.value = value; },
  };
};

const imageField = (changed) => {
  let image = null;
  const take = (blob, name = blob.name) => {
    if (image) URL.revokeObjectURL(image.url);
    image = { blob, url: URL.createObjectURL(blob) };
    drop.say(el("img", { src: image.url, alt: "" }), el("strong", {}, name));
    changed();
  };
  const drop = dropField("Choose an image", "or drop it here: JPEG, PNG, GIF or BMP", "image/jpeg,image/png,image/gif,image/bmp", take);
  document.onpaste = (event) => [...event.clipboardData.files].filter((file) => file.type.startsWith("image/")).slice(0, 1).forEach((file) => take(file));
  return {
    node: drop.node,
    read: async () => {
      if (!image) throw new Mistake("Choose, drop or paste an image first.");
      return { value: { b64: await base64(image.blob) }, shown: { url: image.url } };
    },
    fill: (value) => take(blobOf(value, "image/*"), "The example"),
  };
};

const heardField = (changed) => {
  const sound = soundField(changed);
  return {
    ...sound,
    read: async () => {
      const { blob, shown } = await sound.read();
      return { value: { b64: await base64(blob) }, shown };
    },
    fill: (value) => sound.fill(blobOf(value, "audio/wav")),
  };
};

const rawField = () => {
  const area = el("textarea", { rows: 8, class: "code", spellcheck: "false" });
  return {
    node: field("One instance, as JSON", area),
    read: async () => {
      try {
        return { instance: JSON.parse(area.value), shown: {} };
      } catch (error) {
        throw new Mistake(`This is not JSON: ${error.message}`);
      }
    },
    fill: (instance) => { area.value = JSON.stringify(instance, null, 1); },
  };
};

/* Values of named columns: texts that may be empty, or numbers. */
const columnsField = (input, title) => {
  const isText = input.dtype === "string";
  const controls = input.columns.map(() => el("input", { type: isText ? "text" : "number", step: "any", autocomplete: "off" }));
  const node = el("fieldset", { class: "fields" }, el("legend", {}, isText ? `${title}, where known` : title),
    ...input.columns.map((name, index) => field(human(name), controls[index])));
  return {
    node,
    read: () => controls.map((control, index) => {
      if (isText) return control.value;
      if (control.value === "") throw new Mistake(`Give a number for ${input.columns[index]}.`);
      return Number(control.value);
    }),
    fill: (values) => values.forEach((value, index) => { controls[index].value = value; }),
  };
};

const rowField = (changed, input) => {
  const row = columnsField(input, "A row");
  return { ...row, read: async () => ({ value: row.read(), shown: {} }) };
};

const FIELDS = { text: textField, image: imageField, sound: heardField, row: rowField };

/* The example as an object, also where a single input is said by its value alone. */
const named = (model, instance) => (model.inputs.length === 1 && model.kind !== "other" && instance?.[model.primary] === undefined ? { [model.primary]: instance } : instance);

/* Everything that one model takes: `read()` gives an instance, and what to show beside its answer. */
export const fieldsOf = (model, changed) => {
  document.onpaste = null;
  if (model.kind === "other") {
    const raw = rawField();
    return { nodes: [raw.node], read: raw.read, fill: raw.fill };
  }
  const isSeries = model.kind === "series";
  const main = isSeries ? seriesField(model, changed) : FIELDS[model.kind](changed, model.inputs.find(({ name }) => name === model.primary));
  const own = isSeries ? ["window", "future"] : [model.primary];
  const beside = model.inputs.filter((input) => !own.includes(input.name)).map((input) => [input.name, columnsField(input, "Beside it")]);
  return {
    nodes: [main.node, ...beside.map(([, one]) => one.node)],
    read: async () => {
      const { value, values, shown } = await main.read();
      const others = Object.fromEntries(beside.map(([name, one]) => [name, one.read()]));
      return { instance: { ...(values ?? { [model.primary]: value }), ...others }, shown };
    },
    fill: async (example) => {
      const instance = named(model, example);
      beside.forEach(([name, one]) => one.fill(instance[name]));
      await main.fill(isSeries ? instance : instance[model.primary]);
    },
  };
};
