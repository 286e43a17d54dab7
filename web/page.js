// The page: loads the export that `?model=FOLDER` names, and shows what it generates. A test adds
// `&report=URL`: the tokens, or why there are none, are posted there.
import { openDevice } from "./gpu.js";
import { generate, loadExport, prepare } from "./replay.js";

const query = new URLSearchParams(location.search);
const element = (id) => document.getElementById(id);
const say = (text, kind = "") => {
  element("status").textContent = text;
  element("status").className = kind;
};

async function run() {
  say("Looking for a GPU");
  const device = await openDevice([]);
  const folder = query.get("model") ?? "model";
  say("Loading the model");
  const loaded = await loadExport(folder).catch((error) => {
    throw new Error(`${error.message}; write the folder with \`ingot export --out DIR\` and open ?model=DIR`);
  });
  const { plan } = loaded;
  element("model").textContent = plan.model;
  element("prompt").textContent = plan.prompt_text;
  say("Preparing the kernels");
  const begin = performance.now();
  const ready = await prepare(device, loaded);
  say("Generating");
  const count = Math.min(Number(query.get("tokens")) || plan.expected.length, plan.expected.length);
  const start = performance.now();
  const tokens = await generate(device, ready, count, (so_far) => {
    const rate = (so_far.length * 1000) / (performance.now() - start);
    element("text").textContent = so_far.map((token) => plan.pieces[token] ?? "").join("");
    element("speed").textContent = `${so_far.length} tokens, ${rate.toFixed(1)} a second`;
  });
  const same = tokens.every((token, i) => token === plan.expected[i]);
  say(same ? "The same tokens as on the CPU" : "Not the tokens of the CPU", same ? "good" : "bad");
  const times = { prepare_ms: start - begin, generate_ms: performance.now() - start };
  return { tokens, text: element("text").textContent, ...times };
}

const result = await run().catch((error) => {
  say(error.message, "bad");
  return { error: error.message };
});
if (query.has("report")) await fetch(query.get("report"), { method: "POST", body: JSON.stringify(result) });
