/* Chooses a model, asks it, shows what it says. */

import { showAnswer } from "./answer.js";
import { Mistake, byId, el, fold } from "./elements.js";
import { showExplanation } from "./explanation.js";
import { fieldsOf } from "./inputs.js";
import { human } from "./numbers.js";

let token = "";
let chosen = null;
let asking = null;

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const BUSY = "The server is busy. Try again in a moment.";

const ask = async (address, body, signal) => {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const options = body ? { method: "POST", body: JSON.stringify(body), headers: { ...headers, "content-type": "application/json" } } : { headers };
  const response = await fetch(address, { ...options, signal, cache: "no-store" }).catch((error) => {
    throw error.name === "AbortError" ? error : new Refused(0, "The server can't be reached.");
  });
  const said = await response.json().catch(() => ({}));
  if (response.ok) return said;
  byId("token").hidden = response.status !== 401;
  throw new Refused(response.status, response.status === 503 ? BUSY : said.error ?? `The server answered ${response.status}.`);
};

const say = (text) => { byId("status").textContent = text; };

const clear = () => {
  asking?.abort();
  asking = null;
  byId("send").disabled = false;
  byId("said").replaceChildren();
  byId("why").replaceChildren();
};

const complain = (title, text) =>
  byId("said").replaceChildren(el("div", { class: "verdict bad" }, el("strong", {}, title), el("p", {}, text)));

const choose = (model) => {
  clear();
  chosen = { model, fields: fieldsOf(model, () => { clear(); say("Press Answer."); }) };
  byId("fields").replaceChildren(...chosen.fields.nodes);
  byId("explain").closest("label").hidden = model.explained === null;
  byId("not-explained").replaceChildren(...(model.explained ? [] : ["No explanation is served.", fold("Why not", model.why_not_explained)]));
  byId("example").hidden = model.example === null;
  say("Give an input to see an answer.");
  history.replaceState(null, "", `#${encodeURIComponent(model.name)}`);
};

const answer = async () => {
  clear();
  const { model, fields } = chosen;
  const running = new AbortController();
  asking = running;
  byId("send").disabled = true;
  say("Asking …");
  try {
    const { instance, shown } = await fields.read();
    const request = (signature) => {
      const named = signature ? { signature_name: signature } : {};
      return ask(`v1/models/${encodeURIComponent(model.name)}:predict`, { ...named, instances: [instance] }, running.signal);
    };
    const { predictions: [given] } = await request(null);
    byId("said").replaceChildren(...showAnswer(model, given, shown));
    say("");
    byId("answer").focus({ preventScroll: true });
    byId("answer").scrollIntoView({ block: "nearest" });
    if (!model.explained || !byId("explain").checked || given.error) return;
    say("Explaining …");
    const { predictions: [why] } = await request("explain");
    byId("why").replaceChildren(...(why.error ? [] : showExplanation(model, given, why, shown)));
    say("");
  } catch (error) {
    if (error.name === "AbortError") return;
    say("");
    if (error instanceof Mistake) complain("Before it can answer", error.message);
    else if (error instanceof Refused) complain("No answer", error.message);
    else throw error;
  } finally {
    if (asking === running) byId("send").disabled = false;
  }
};

const start = async () => {
  clear();
  try {
    const { models } = await ask("page/models");
    const wanted = decodeURIComponent(location.hash.slice(1));
    const first = models.find(({ name }) => name === wanted) ?? models[0];
    byId("choices").replaceChildren(...models.map((model) => {
      const input = el("input", { type: "radio", name: "model", value: model.name, checked: model === first });
      input.addEventListener("change", () => choose(model));
      return el("label", {}, input, el("span", {}, human(model.name)));
    }));
    byId("ask").hidden = !first;
    if (first) choose(first);
    else say("This server serves no model that says what it takes.");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    byId("ask").hidden = true;
    say(error.message);
  }
};

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  answer();
});
byId("example").addEventListener("click", async () => {
  const [instance] = chosen.model.example.instances;
  await chosen.fields.fill(instance);
  answer();
});
byId("token").addEventListener("submit", (event) => {
  event.preventDefault();
  token = byId("token-text").value;
  byId("token").hidden = true;
  start();
});
start();
