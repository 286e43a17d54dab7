// Replays what `ingot export` wrote: prepares its buffers and pipelines once, then submits the
// dispatches as they stand there. It knows nothing of models; docs/formats/export.md is all it needs.
import { fetchOk, makeLayout, makeModule, makePipeline } from "./gpu.js";

const kVersion = 2;
const kStepsPerSubmit = 8;

export async function loadExport(url, file = "export.json") {
  const plan = await (await fetchOk(`${url}/${file}`)).json();
  if (plan.version !== kVersion) throw new Error(`${url}: version (${plan.version}) is not (${kVersion})`);
  const data = await (await fetchOk(`${url}/data.bin`)).arrayBuffer();
  if (data.byteLength !== plan.data_bytes) {
    throw new Error(`${url}/data.bin: bytes (${data.byteLength}) are not (${plan.data_bytes})`);
  }
  return { plan, data };
}

export function makeBuffer(device, { label, bytes, content }, file) {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ label, size: bytes, usage, mappedAtCreation: content.length > 0 });
  if (content.length === 0) return buffer;
  const mapped = buffer.getMappedRange();
  let at = 0;
  for (const part of content) {
    if ("fill" in part) new Uint32Array(mapped, at, part.bytes / 4).fill(part.fill);
    else new Uint8Array(mapped, at).set(new Uint8Array(file, part.data, part.bytes));
    at += part.bytes;
  }
  buffer.unmap();
  return buffer;
}

// Each a promise of a pipeline with the layout that follows from its bindings' access.
export function makePipelines(device, plan) {
  const modules = plan.modules.map((text) => makeModule(device, text));
  return plan.pipelines.map(async ({ kernel, module, constants, access }) => {
    const layout = makeLayout(device, access, true);
    try {
      return { layout, pipeline: await makePipeline(device, await modules[module], layout, constants) };
    } catch (error) {
      throw new Error(`kernel ${kernel} ${JSON.stringify(constants)}: ${error.message}`);
    }
  });
}

// A run's dispatches with bind groups, their uniforms side by side in one buffer.
export function prepareRun(device, run, pipelines, buffers) {
  const alignment = device.limits.minUniformBufferOffsetAlignment;
  const size = (dispatch) => Math.max(1, Math.ceil(dispatch.uniforms.length / 4)) * 16;
  let end = 0;
  const offsets = run.map((dispatch) => {
    const offset = end;
    end += Math.ceil(size(dispatch) / alignment) * alignment;
    return offset;
  });
  const uniforms = device.createBuffer({ size: end, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const words = new Uint32Array(end / 4);
  run.forEach((dispatch, i) => words.set(dispatch.uniforms, offsets[i] / 4));
  device.queue.writeBuffer(uniforms, 0, words);
  return run.map((dispatch, i) => {
    const { layout, pipeline } = pipelines[dispatch.pipeline];
    const resources = [{ buffer: uniforms, size: size(dispatch) },
      ...dispatch.bindings.map(([buffer, offset, bytes]) => ({ buffer: buffers[buffer], offset, size: bytes }))];
    const group = device.createBindGroup({
      label: dispatch.label,
      layout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    return { pipeline, group, offset: offsets[i], grid: dispatch.grid };
  });
}

function encode(pass, steps) {
  for (const { pipeline, group, offset, grid } of steps) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group, [offset]);
    pass.dispatchWorkgroups(...grid);
  }
}

export function submit(device, ...runs) {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const steps of runs) encode(pass, steps);
  pass.end();
  device.queue.submit([encoder.finish()]);
}

// What stands in the buffers, one after the other; `bytes` of each, as many as it has or fewer.
export async function readBuffers(device, buffers, bytes) {
  const sum = bytes.reduce((all, one) => all + one, 0);
  const copy = device.createBuffer({ size: sum, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  let at = 0;
  buffers.forEach((buffer, i) => {
    encoder.copyBufferToBuffer(buffer, 0, copy, at, bytes[i]);
    at += bytes[i];
  });
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const content = copy.getMappedRange().slice(0);
  copy.destroy();
  return content;
}

// Ready to generate: the greedy continuation of the export's prompt.
export async function prepare(device, { plan, data }) {
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  const buffers = plan.buffers.map((buffer) => makeBuffer(device, buffer, data));
  const pipelines = await Promise.all(makePipelines(device, plan));
  const runs = {};
  for (const name in plan.runs) runs[name] = prepareRun(device, plan.runs[name], pipelines, buffers);
  const errors = [await device.popErrorScope(), await device.popErrorScope()];
  for (const error of errors) if (error) throw new Error(error.message);
  return { plan, buffers, runs };
}

// Calls `show` with the tokens so far, every few steps; returns all, `count` of them.
export async function generate(device, { plan, buffers, runs }, count, show = () => {}) {
  let lost = null;
  device.lost.then((info) => (lost = info));
  device.pushErrorScope("validation");
  submit(device, runs.prefill);
  device.queue.writeBuffer(buffers[plan.state.buffer], 0, new Uint32Array(plan.state.words));
  submit(device, runs.first);
  const tokens = [];
  let sampled = 1;
  while (tokens.length < count) {
    while (sampled < Math.min(count, tokens.length + kStepsPerSubmit)) {
      submit(device, runs.step, runs.sample);
      sampled++;
    }
    const ring = new Uint32Array(await readBuffers(device, [buffers[plan.ring.buffer]], [plan.ring.count * 4]));
    while (tokens.length < sampled) tokens.push(ring[tokens.length % plan.ring.count]);
    show(tokens);
    if (lost) throw new Error(`the GPU was lost: ${lost.message}`);
  }
  const error = await device.popErrorScope();
  if (error) throw new Error(error.message);
  return tokens;
}
