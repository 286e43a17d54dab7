// What every page here needs of WebGPU: a device, and pipelines behind explicit layouts.

// The device with all of the adapter's limits and those of the wanted features that it has.
// Throws an Error whose message a reader can act on.
export async function openDevice(wanted = ["subgroups", "shader-f16"]) {
  if (!navigator.gpu) {
    throw new Error("this browser has no WebGPU: a current Chrome, Edge, Firefox or Safari has it, on https or localhost");
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("WebGPU finds no GPU that it may use: Chrome says why at chrome://gpu");
  const requiredLimits = {};
  for (const name in adapter.limits) {
    if (typeof adapter.limits[name] === "number") requiredLimits[name] = adapter.limits[name];
  }
  const requiredFeatures = wanted.filter((name) => adapter.features.has(name));
  return adapter.requestDevice({ requiredFeatures, requiredLimits });
}

// Binding 0 holds the uniforms; then the storage buffers in order, "read" or "read_write". It is
// explicit because a derived layout drops what an override leaves unused.
export function makeLayout(device, access, hasDynamicOffset = false) {
  const kinds = access.map((one) => (one === "read_write" ? "storage" : "read-only-storage"));
  const entries = [{ type: "uniform", hasDynamicOffset }, ...kinds.map((type) => ({ type }))];
  return device.createBindGroupLayout({
    entries: entries.map((buffer, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer })),
  });
}

// A module, with errors as `line 3 column 7 (THE LINE): WHY` in place of a module that does not work.
export async function makeModule(device, code) {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const [error, info] = await Promise.all([device.popErrorScope(), module.getCompilationInfo()]);
  const first = info.messages.find((message) => message.type === "error");
  if (!error && !first) return module;
  if (!first) throw new Error(error.message);
  const line = code.split("\n")[first.lineNum - 1] ?? "";
  throw new Error(`line ${first.lineNum} column ${first.linePos} (${line.trim()}): ${first.message}`);
}

export function makePipeline(device, module, layout, constants) {
  return device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main", constants },
  });
}

export async function fetchOk(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
  return answer;
}
