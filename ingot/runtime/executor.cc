#include "ingot/runtime/executor.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/runtime/bind.h"
#include "ingot/runtime/recorder.h"

namespace ingot::runtime {
namespace {

// Decode has one set of symbols until the cache grows; a prompt has two (whole chunks and the
// rest).
constexpr size_t kMaxLists = 8;

bool IsOwned(const program::Buffer& buffer) {
  return buffer.kind == program::BufferKind::kScratch ||
         buffer.kind == program::BufferKind::kLogits;
}

// The binding whose contents a trace shows, or -1.
int ResultOf(const program::Dispatch& dispatch, const kernels::KernelDesc& desc) {
  std::string_view name = desc.in_place.empty() ? "y" : std::string_view(desc.in_place);
  for (size_t i = 0; i < dispatch.bindings.size(); ++i) {
    const program::TensorType& type = dispatch.bindings[i].type;
    bool shown = type.dtype == DType::kF32 && (type.layout == "rows" || type.layout == "logits");
    if (dispatch.bindings[i].name == name && shown) return static_cast<int>(i);
  }
  return -1;
}

// Whether both have a result, the same one.
bool IsSameResult(const program::Dispatch& a, int a_result, const program::Dispatch& b,
                  int b_result) {
  return a_result >= 0 && b_result >= 0 && a.op == b.op && a.value == b.value &&
         a.layer == b.layer &&
         a.bindings[static_cast<size_t>(a_result)].buffer ==
             b.bindings[static_cast<size_t>(b_result)].buffer;
}

// Commands for one set of symbols and buffers.
struct RecordedRun {
  program::Symbols symbols;
  std::vector<uint64_t> buffer_ids;
  std::unique_ptr<CommandList> list;
};

}  // namespace

struct Executor::State {
  State(Device& device_in, program::Program program_in)
      : device(device_in), program(std::move(program_in)) {}

  Status MakePipelines();
  Status CheckOwned() const;
  Status CheckSymbols(const program::Symbols& symbols) const;
  Status GrowOwned(const program::Symbols& symbols);
  Status GrowBuffer(size_t id, const program::Symbols& symbols);
  bool IsSameMap(const BufferMap& map) const;
  Status BindNames(const BufferMap& map);
  Status CheckGiven(const program::Symbols& symbols) const;
  Result<Command> CommandOf(size_t index, const program::Symbols& symbols);
  Result<CommandList*> FindOrRecord(const program::Symbols& symbols);
  Status RunTraced(const program::Symbols& symbols, const TraceSink& trace);

  Device& device;
  program::Program program;
  std::vector<std::shared_ptr<Pipeline>> pipelines;  // by dispatch
  std::vector<std::string> places;                   // by dispatch
  std::vector<int> results;                          // by dispatch
  std::vector<std::unique_ptr<Buffer>> owned;        // by buffer; scratch and logits
  program::Symbols grown_for{0, 0, 0};
  std::vector<std::pair<std::string, uint64_t>> bound_names;  // the map of the last run
  std::vector<Buffer*> buffers;                               // by buffer
  std::vector<uint64_t> buffer_ids;                           // by buffer
  std::vector<RecordedRun> recorded;                          // the last used one last
};

Status Executor::State::MakePipelines() {
  const std::string& kind = device.facts().kind;
  bool fits = program.target == kind || (kind == "null" && program.target == "cpu");
  if (!fits) {
    return Status(Code::kInvalidArgument, StrCat("program ", program.model, " is for (",
                                                 program.target, "), the device is (", kind, ")"));
  }
  for (size_t i = 0; i < program.dispatches.size(); ++i) {
    const program::Dispatch& dispatch = program.dispatches[i];
    places.push_back(PlaceOf(i, dispatch));
    Result<std::shared_ptr<Pipeline>> pipeline =
        device.CreatePipeline(dispatch.kernel, dispatch.overrides).At(places.back());
    if (!pipeline.ok()) return pipeline.status();
    const kernels::KernelDesc& desc = (*pipeline)->desc();
    INGOT_TRY(Match(dispatch, desc).At(places.back()));
    results.push_back(ResultOf(dispatch, desc));
    pipelines.push_back(std::move(*pipeline));
  }
  // A value that several dispatches fill, slice by slice, is whole after the last.
  for (size_t i = 0; i + 1 < results.size(); ++i) {
    if (IsSameResult(program.dispatches[i], results[i], program.dispatches[i + 1], results[i + 1]))
      results[i] = -1;
  }
  owned.resize(program.buffers.size());
  buffers.resize(program.buffers.size());
  buffer_ids.resize(program.buffers.size());
  return Status();
}

// Whether what will be made is not too large to be bound, as far as that is known before a run.
Status Executor::State::CheckOwned() const {
  for (const program::Buffer& buffer : program.buffers) {
    if (!IsOwned(buffer)) continue;
    const std::string place = StrCat("buffer ", buffer.name);
    const Result<uint64_t> bytes = buffer.bytes.Evaluate({program.max_tokens, 1, 1}).At(place);
    if (!bytes.ok()) return bytes.status();
    INGOT_TRY(CheckBindable(*bytes, device.facts())
                  .At(StrCat(place, ", for (", program.max_tokens, ") tokens a run")));
  }
  return Status();
}

Status Executor::State::CheckSymbols(const program::Symbols& symbols) const {
  if (symbols.tokens < 1 || symbols.tokens > program.max_tokens) {
    return Status(Code::kInvalidArgument,
                  StrCat("tokens (", symbols.tokens, ") are outside 1..", program.max_tokens));
  }
  if (symbols.outputs < 1 || symbols.outputs > symbols.tokens) {
    return Status(Code::kInvalidArgument,
                  StrCat("outputs (", symbols.outputs, ") are outside 1..", symbols.tokens));
  }
  return Status();
}

// Scratch is made for as many tokens as a run may have, so that it grows only with outputs and
// capacity.
Status Executor::State::GrowOwned(const program::Symbols& symbols) {
  bool enough = grown_for.tokens > 0 && symbols.outputs <= grown_for.outputs &&
                symbols.capacity <= grown_for.capacity;
  if (enough) return Status();
  program::Symbols most{program.max_tokens, std::max(symbols.outputs, grown_for.outputs),
                        std::max(symbols.capacity, grown_for.capacity)};
  grown_for.tokens = 0;  // until all of it is there
  for (size_t id = 0; id < program.buffers.size(); ++id) {
    if (IsOwned(program.buffers[id])) INGOT_TRY(GrowBuffer(id, most));
  }
  grown_for = most;
  return Status();
}

Status Executor::State::GrowBuffer(size_t id, const program::Symbols& symbols) {
  const program::Buffer& buffer = program.buffers[id];
  Result<uint64_t> bytes = buffer.bytes.Evaluate(symbols).At(StrCat("buffer ", buffer.name));
  if (!bytes.ok()) return bytes.status();
  if (owned[id] != nullptr && owned[id]->bytes() >= *bytes) return Status();
  recorded.clear();  // they hold the smaller one
  owned[id].reset();
  buffers[id] = nullptr;
  INGOT_ASSIGN(owned[id], device.CreateBuffer(std::max<uint64_t>(*bytes, 16), buffer.name));
  buffers[id] = owned[id].get();
  buffer_ids[id] = owned[id]->id();
  return Status();
}

bool Executor::State::IsSameMap(const BufferMap& map) const {
  return std::ranges::equal(map, bound_names, [](const auto& given, const auto& known) {
    return given.second != nullptr && given.second->id() == known.second &&
           given.first == known.first;
  });
}

Status Executor::State::BindNames(const BufferMap& map) {
  bound_names.clear();
  for (size_t id = 0; id < program.buffers.size(); ++id) {
    const program::Buffer& buffer = program.buffers[id];
    if (IsOwned(buffer)) continue;
    auto found = map.find(buffer.name);
    if (found == map.end() || found->second == nullptr) {
      return Status(Code::kInvalidArgument, StrCat("buffer ", buffer.name, " is not given"));
    }
    buffers[id] = found->second;
    buffer_ids[id] = found->second->id();
  }
  for (const auto& [name, buffer] : map) {
    if (buffer != nullptr) bound_names.emplace_back(name, buffer->id());
  }
  return Status();
}

Status Executor::State::CheckGiven(const program::Symbols& symbols) const {
  for (size_t id = 0; id < program.buffers.size(); ++id) {
    const program::Buffer& buffer = program.buffers[id];
    Result<uint64_t> bytes = buffer.bytes.Evaluate(symbols).At(StrCat("buffer ", buffer.name));
    if (!bytes.ok()) return bytes.status();
    if (buffers[id]->bytes() >= *bytes) continue;
    return Status(Code::kInvalidArgument,
                  StrCat("buffer ", buffer.name, " (", buffers[id]->bytes(),
                         " bytes) is smaller than the program's (", *bytes, ")"));
  }
  return Status();
}

Result<Command> Executor::State::CommandOf(size_t index, const program::Symbols& symbols) {
  return MakeCommand(program.dispatches[index], *pipelines[index], symbols, buffers, places[index]);
}

Result<CommandList*> Executor::State::FindOrRecord(const program::Symbols& symbols) {
  auto known = std::ranges::find_if(recorded, [&](const RecordedRun& run) {
    return run.symbols == symbols && run.buffer_ids == buffer_ids;
  });
  if (known != recorded.end()) {
    std::rotate(known, known + 1, recorded.end());
    return recorded.back().list.get();
  }
  INGOT_TRY(CheckGiven(symbols));
  Recorder recorder;
  for (size_t i = 0; i < program.dispatches.size(); ++i) {
    INGOT_ASSIGN(Command command, CommandOf(i, symbols));
    recorder.Append(std::move(command));
  }
  INGOT_ASSIGN(std::unique_ptr<CommandList> list, device.Record(recorder.Take()));
  if (recorded.size() == kMaxLists) recorded.erase(recorded.begin());
  recorded.push_back({symbols, buffer_ids, std::move(list)});
  return recorded.back().list.get();
}

Status Executor::State::RunTraced(const program::Symbols& symbols, const TraceSink& trace) {
  INGOT_TRY(CheckGiven(symbols));
  for (size_t i = 0; i < program.dispatches.size(); ++i) {
    INGOT_ASSIGN(Command command, CommandOf(i, symbols));
    const BoundBuffer* shown = results[i] < 0 ? nullptr : &command.bindings[results[i]];
    std::vector<float> contents(shown == nullptr ? 0 : shown->bytes / sizeof(float));
    Buffer* buffer = shown == nullptr ? nullptr : shown->buffer;
    std::vector<Command> one;
    one.push_back(std::move(command));
    INGOT_ASSIGN(std::unique_ptr<CommandList> list, device.Record(std::move(one)));
    INGOT_TRY(device.Submit(*list).At(places[i]));
    if (buffer == nullptr) continue;
    INGOT_TRY(device.Read(*buffer, 0, std::as_writable_bytes(std::span(contents))).At(places[i]));
    INGOT_TRY(trace(program.dispatches[i], contents));
  }
  return Status();
}

Executor::Executor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Executor::~Executor() = default;

std::vector<std::shared_ptr<Pipeline>> Executor::Precompile(
    Device& device, std::span<const program::Program* const> programs) {
  std::set<PipelineRequest> different;
  for (const program::Program* program : programs) {
    for (const program::Dispatch& dispatch : program->dispatches) {
      different.insert({dispatch.kernel, dispatch.overrides});
    }
  }
  return device.Precompile(std::vector(different.begin(), different.end()));
}

Result<std::unique_ptr<Executor>> Executor::Create(Device& device, program::Program program) {
  auto state = std::make_unique<State>(device, std::move(program));
  INGOT_TRY(state->CheckOwned());
  INGOT_TRY(state->MakePipelines());
  return std::unique_ptr<Executor>(new Executor(std::move(state)));
}

const program::Program& Executor::program() const { return state_->program; }

Status Executor::Prepare(const program::Symbols& symbols, const BufferMap& buffers) {
  INGOT_TRY(state_->CheckSymbols(symbols));
  INGOT_TRY(state_->GrowOwned(symbols));
  return state_->IsSameMap(buffers) ? Status() : state_->BindNames(buffers);
}

Result<std::vector<double>> Executor::Time(const program::Symbols& symbols,
                                           const BufferMap& buffers) {
  INGOT_TRY(Prepare(symbols, buffers));
  INGOT_ASSIGN(CommandList * list, state_->FindOrRecord(symbols));
  return state_->device.Time(*list);
}

Status Executor::Run(const program::Symbols& symbols, const BufferMap& buffers,
                     const TraceSink* trace) {
  State& state = *state_;
  INGOT_TRY(Prepare(symbols, buffers));
  if (trace != nullptr) return state.RunTraced(symbols, *trace);
  INGOT_ASSIGN(CommandList * list, state.FindOrRecord(symbols));
  return state.device.Submit(*list).At(StrCat(Name(state.program.phase), " program ",
                                              state.program.model, ", one of dispatches 0 to ",
                                              state.program.dispatches.size() - 1));
}

Buffer* Executor::logits() const {
  for (size_t id = 0; id < state_->program.buffers.size(); ++id) {
    bool logits = state_->program.buffers[id].kind == program::BufferKind::kLogits;
    if (logits) return state_->owned[id].get();
  }
  return nullptr;
}

}  // namespace ingot::runtime
