// What the ops of `xf` must hold, what they return, and the syntax that ops.td cannot say.
#include <cmath>

#include "llvm/ADT/SmallPtrSet.h"

#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/dialect/verify.h"

namespace ingot::ir::xf {
namespace {

using llvm::LogicalResult;
using mlir::failed;
using mlir::failure;
using mlir::success;

constexpr int64_t kStateHead = 4;  // numbers of a split's state before its sums
constexpr int64_t kMostSplits = 1024;

// What attention and its first half must hold.
template <typename Op>
LogicalResult VerifyAttention(Op op) {
  auto heads = static_cast<int64_t>(op.getHeads());
  KvType kv = Kv(op.getCache());
  if (failed(Positive(op, "heads", heads)) ||
      failed(Multiple(op, "heads", heads, "kv_heads", kv.getKvHeads())) ||
      failed(Equal(op, "q's features", Features(op.getQ()), "heads times head_dim",
                   heads * kv.getHeadDim())) ||
      failed(Finite(op, "scale", op.getScale())) ||
      failed(Within(op, "window", static_cast<int64_t>(op.getWindow()), 0, kMostElements))) {
    return failure();
  }
  return NotNegative(op, "softcap", op.getSoftcap());
}

// One sink a head.
LogicalResult VerifySinks(mlir::Operation* op, mlir::Value sinks, int64_t heads) {
  return sinks ? Equal(op, "sinks", Count(sinks), "heads", heads) : success();
}

// A result type of `features` for each row of `rows`; fails if `rows` has none.
LogicalResult InferRows(mlir::Type rows, int64_t features,
                        llvm::SmallVectorImpl<mlir::Type>& types) {
  int64_t count = 0;
  if (auto ids = llvm::dyn_cast<IdsType>(rows)) {
    count = ids.getRows();
  } else if (auto x = llvm::dyn_cast<RowsType>(rows)) {
    count = x.getRows();
  } else {
    return failure();
  }
  types.push_back(RowsType::get(rows.getContext(), count, features));
  return success();
}

LogicalResult InferProduct(mlir::ValueRange operands, llvm::SmallVectorImpl<mlir::Type>& types) {
  auto w = llvm::dyn_cast<WeightType>(operands[1].getType());
  return w ? InferRows(operands[0].getType(), w.getRows(), types) : failure();
}

LogicalResult VerifyProduct(mlir::Operation* op, mlir::Value x, mlir::Value w) {
  return Equal(op, "x's features", Features(x), "w's columns", Weight(w).getCols());
}

template <typename Op>
LogicalResult VerifyKvWrite(Op op) {
  if (failed(VerifySameRows(op, "k", op.getK(), "v", op.getV()))) return failure();
  KvType kv = Kv(op.getCache());
  return Equal(op, "k's features", Features(op.getK()), "kv_heads times head_dim",
               kv.getKvHeads() * kv.getHeadDim());
}

LogicalResult VerifyRot(mlir::Operation* op, int64_t rot, int64_t head_dim) {
  if (rot <= head_dim) return success();
  return Fail(op) << "rot (" << rot << ") is more than head_dim (" << head_dim << ")";
}

mlir::ParseResult parseParts(mlir::OpAsmParser& parser, mlir::ArrayAttr& parts) {
  llvm::SmallVector<mlir::Attribute> list;
  do {
    std::string tensor;
    int64_t begin = 0;
    int64_t end = 0;
    if (parser.parseString(&tensor) || parser.parseLSquare() || parser.parseInteger(begin) ||
        parser.parseColon() || parser.parseInteger(end) || parser.parseRSquare()) {
      return failure();
    }
    list.push_back(PartAttr::get(parser.getContext(), tensor, begin, end - begin));
  } while (succeeded(parser.parseOptionalPlus()));
  parts = parser.getBuilder().getArrayAttr(list);
  return success();
}

void NameResult(std::optional<llvm::StringRef> name, std::optional<uint64_t> layer,
                mlir::Value result, mlir::OpAsmSetValueNameFn set) {
  if (!name || name->empty()) return;
  set(result, layer ? (*name + "." + llvm::Twine(*layer)).str() : name->str());
}

// The numbers exactly; the attribute's own form rounds them.
mlir::ParseResult parseNumbers(mlir::OpAsmParser& parser, mlir::DenseF64ArrayAttr& numbers) {
  llvm::SmallVector<double> list;
  auto number = [&] { return parser.parseFloat(list.emplace_back()); };
  if (parser.parseCommaSeparatedList(mlir::AsmParser::Delimiter::Square, number)) return failure();
  numbers = parser.getBuilder().getDenseF64ArrayAttr(list);
  return success();
}

void printNumbers(mlir::OpAsmPrinter& printer, mlir::Operation*, mlir::DenseF64ArrayAttr numbers) {
  printer << "[";
  llvm::interleaveComma(numbers.asArrayRef(), printer,
                        [&](double number) { printer.printFloat(llvm::APFloat(number)); });
  printer << "]";
}

void printParts(mlir::OpAsmPrinter& printer, mlir::Operation*, mlir::ArrayAttr parts) {
  llvm::interleave(
      parts.getAsRange<PartAttr>(), printer,
      [&](PartAttr part) {
        printer.printString(part.getTensor());
        printer << "[" << part.getBegin() << ":" << part.getBegin() + part.getRows() << "]";
      },
      " + ");
}

}  // namespace
}  // namespace ingot::ir::xf

#include "ingot/ir/dialect/interfaces.cc.inc"
#define GET_OP_CLASSES
#include "ingot/ir/dialect/ops.cc.inc"

namespace ingot::ir::xf {

// ---- The frame

LogicalResult GraphOp::verify() {
  mlir::Block& block = getBody().front();
  if (block.empty() || !llvm::isa<ReturnOp>(block.back())) {
    return Fail(*this) << "the body does not end with xf.return";
  }
  if (getPhase() && *getPhase() != "prefill" && *getPhase() != "decode") {
    return Fail(*this) << "unknown phase (" << *getPhase() << ")";
  }
  return success();
}

void FusedOp::print(mlir::OpAsmPrinter& printer) {
  printer << " ";
  printer.printOperands(getInputs());
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << " : ";
  printer.printFunctionalType(*this);
  printer << " ";
  printer.shadowRegionArgs(getBody(), getInputs());
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

mlir::ParseResult FusedOp::parse(mlir::OpAsmParser& parser, mlir::OperationState& result) {
  llvm::SmallVector<mlir::OpAsmParser::UnresolvedOperand> names;
  mlir::FunctionType type;
  llvm::SMLoc at = parser.getCurrentLocation();
  if (parser.parseOperandList(names) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) || parser.parseColon() ||
      parser.parseType(type) ||
      parser.resolveOperands(names, type.getInputs(), at, result.operands)) {
    return failure();
  }
  llvm::SmallVector<mlir::OpAsmParser::Argument> args(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    args[i].ssaName = names[i];
    args[i].type = type.getInput(i);
  }
  result.addTypes(type.getResults());
  return parser.parseRegion(*result.addRegion(), args, /*enableNameShadowing=*/true);
}

LogicalResult FusedOp::verify() {
  mlir::Block& block = getBody().front();
  if (!llvm::equal(block.getArgumentTypes(), getInputs().getTypes())) {
    return Fail(*this) << "the body's arguments are not the operands";
  }
  llvm::SmallPtrSet<mlir::Value, 8> seen;
  for (mlir::Value input : getInputs()) {
    if (!seen.insert(input).second) return Fail(*this) << "an operand stands twice";
  }
  auto yield = block.empty() ? YieldOp() : llvm::dyn_cast<YieldOp>(block.back());
  if (!yield) return Fail(*this) << "the body does not end with xf.yield";
  if (block.getOperations().size() == 1) return Fail(*this) << "the group is empty";
  for (mlir::Operation& op : block.without_terminator()) {
    if (!llvm::isa<KernelOp>(op))
      return Fail(*this) << "(" << OpName(&op) << ") cannot be in a group";
  }
  if (!llvm::equal(yield.getValues().getTypes(), getYs().getTypes())) {
    return Fail(*this) << "the yielded types are not the results'";
  }
  return success();
}

// ---- Sources

void WeightOp::getAsmResultNames(mlir::OpAsmSetValueNameFn set) { set(getY(), "w"); }
void VectorOp::getAsmResultNames(mlir::OpAsmSetValueNameFn set) { set(getY(), "v"); }
void TokensOp::getAsmResultNames(mlir::OpAsmSetValueNameFn set) { set(getY(), "ids"); }
void TableOp::getAsmResultNames(mlir::OpAsmSetValueNameFn set) {
  set(getY(), ("rope." + getName()).str());
}
void CacheOp::getAsmResultNames(mlir::OpAsmSetValueNameFn set) {
  set(getY(), (getName() + "." + llvm::Twine(getLayer())).str());
}

LogicalResult WeightOp::verify() {
  if (getParts().empty()) return Fail(*this) << "no part";
  int64_t rows = 0;  // cannot overflow: each part has at most kMostElements
  for (PartAttr part : getParts().getAsRange<PartAttr>()) {
    if (part.getBegin() < 0 || part.getBegin() > kMostElements) {
      return Fail(*this) << "a part begins at (" << part.getBegin() << ")";
    }
    if (failed(Positive(*this, "rows of a part", part.getRows()))) return failure();
    rows += part.getRows();
  }
  return Equal(*this, "rows of the parts", rows, "the type's", Weight(getY()).getRows());
}

LogicalResult TableOp::verify() {
  for (double turns : getTurns()) {
    if (!std::isfinite(turns)) return Fail(*this) << "turns are not finite";
  }
  if (failed(Finite(*this, "factor", getFactor()))) return failure();
  return Equal(*this, "turns times 2", static_cast<int64_t>(getTurns().size()) * 2, "rot",
               getY().getType().getRot());
}

LogicalResult CacheOp::verify() {
  auto layer = static_cast<int64_t>(getLayer());
  if (layer >= 0 && layer < kMostElements) return success();
  return Fail(*this) << "layer (" << layer << ") is not in (0.." << kMostElements - 1 << ")";
}

// ---- Ops that kernels serve

LogicalResult EmbedOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                        mlir::ValueRange operands, mlir::DictionaryAttr,
                                        mlir::OpaqueProperties, mlir::RegionRange,
                                        llvm::SmallVectorImpl<mlir::Type>& types) {
  auto w = llvm::dyn_cast<WeightType>(operands[1].getType());
  return w ? InferRows(operands[0].getType(), w.getCols(), types) : failure();
}

LogicalResult RmsNormOp::verify() {
  if (failed(NotNegative(*this, "eps", getEps()))) return failure();
  return Multiple(*this, "features", Features(getX()), "w's count", Count(getW()));
}

LogicalResult LayerNormOp::verify() {
  if (failed(NotNegative(*this, "eps", getEps())) ||
      failed(Equal(*this, "features", Features(getX()), "w's count", Count(getW())))) {
    return failure();
  }
  if (!getB()) return success();
  return Equal(*this, "features", Features(getX()), "b's count", Count(getB()));
}

LogicalResult MatMulOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                         mlir::ValueRange operands, mlir::DictionaryAttr,
                                         mlir::OpaqueProperties, mlir::RegionRange,
                                         llvm::SmallVectorImpl<mlir::Type>& types) {
  return InferProduct(operands, types);
}

LogicalResult MatMulOp::verify() { return VerifyProduct(*this, getX(), getW()); }

LogicalResult MatMulAddOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                            mlir::ValueRange operands, mlir::DictionaryAttr,
                                            mlir::OpaqueProperties, mlir::RegionRange,
                                            llvm::SmallVectorImpl<mlir::Type>& types) {
  return InferProduct(operands, types);
}

LogicalResult MatMulAddOp::verify() {
  if (failed(VerifyProduct(*this, getX(), getW()))) return failure();
  return VerifySameRows(*this, "residual", getResidual(), "the product", getY());
}

LogicalResult MatMulSwigluOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                               mlir::ValueRange operands, mlir::DictionaryAttr,
                                               mlir::OpaqueProperties, mlir::RegionRange,
                                               llvm::SmallVectorImpl<mlir::Type>& types) {
  return InferProduct(operands, types);
}

LogicalResult MatMulSwigluOp::verify() {
  if (failed(VerifyProduct(*this, getX(), getGate()))) return failure();
  if (getGate().getType() == getUp().getType()) return success();
  return Fail(*this) << "gate (" << getGate().getType() << ") and up (" << getUp().getType()
                     << ") differ";
}

LogicalResult AddBiasOp::verify() {
  return Equal(*this, "features", Features(getX()), "the bias's count", Count(getBias()));
}

LogicalResult RopeOp::verify() {
  auto heads = static_cast<int64_t>(getHeads());
  if (failed(Positive(*this, "heads", heads)) ||
      failed(Multiple(*this, "features", Features(getX()), "heads", heads))) {
    return failure();
  }
  return VerifyRot(*this, getTable().getType().getRot(), Features(getX()) / heads);
}

LogicalResult KvWriteOp::verify() { return VerifyKvWrite(*this); }

LogicalResult RopeKvWriteOp::verify() {
  if (failed(VerifyKvWrite(*this))) return failure();
  return VerifyRot(*this, getTable().getType().getRot(), Kv(getCache()).getHeadDim());
}

LogicalResult AttentionOp::verify() {
  if (failed(VerifyAttention(*this))) return failure();
  return VerifySinks(*this, getSinks(), static_cast<int64_t>(getHeads()));
}

LogicalResult AttentionSplitOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                                 mlir::ValueRange operands,
                                                 mlir::DictionaryAttr attributes,
                                                 mlir::OpaqueProperties, mlir::RegionRange,
                                                 llvm::SmallVectorImpl<mlir::Type>& types) {
  auto kv = llvm::dyn_cast<KvType>(operands[1].getType());
  auto heads = attributes.getAs<mlir::IntegerAttr>("heads");
  auto splits = attributes.getAs<mlir::IntegerAttr>("splits");
  if (!kv || !heads || !splits) return failure();
  int64_t states = heads.getInt() * splits.getInt();
  return InferRows(operands[0].getType(), states * (kv.getHeadDim() + kStateHead), types);
}

LogicalResult AttentionSplitOp::verify() {
  if (failed(VerifyAttention(*this))) return failure();
  return Within(*this, "splits", static_cast<int64_t>(getSplits()), 1, kMostSplits);
}

LogicalResult AttentionMergeOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                                 mlir::ValueRange operands,
                                                 mlir::DictionaryAttr attributes,
                                                 mlir::OpaqueProperties, mlir::RegionRange,
                                                 llvm::SmallVectorImpl<mlir::Type>& types) {
  auto part = llvm::dyn_cast<RowsType>(operands[0].getType());
  auto heads = attributes.getAs<mlir::IntegerAttr>("heads");
  auto splits = attributes.getAs<mlir::IntegerAttr>("splits");
  if (!part || !heads || !splits || heads.getInt() < 1 || splits.getInt() < 1) return failure();
  int64_t head_dim = part.getFeatures() / heads.getInt() / splits.getInt() - kStateHead;
  return InferRows(operands[0].getType(), heads.getInt() * head_dim, types);
}

LogicalResult AttentionMergeOp::verify() {
  auto heads = static_cast<int64_t>(getHeads());
  auto splits = static_cast<int64_t>(getSplits());
  if (failed(Within(*this, "splits", splits, 1, kMostSplits)) ||
      failed(VerifySinks(*this, getSinks(), heads))) {
    return failure();
  }
  int64_t state = Features(getY()) / heads + kStateHead;
  return Equal(*this, "part's features", Features(getPart()), "heads times splits times a state",
               heads * splits * state);
}

LogicalResult SwigluOaiOp::verify() {
  if (failed(VerifySameRows(*this, "x", getX(), "up", getUp())) ||
      failed(NotNegative(*this, "limit", getLimit()))) {
    return failure();
  }
  return Finite(*this, "alpha", getAlpha());
}

LogicalResult ScaleOp::verify() { return Finite(*this, "factor", getFactor()); }

LogicalResult SoftcapOp::verify() {
  if (failed(NotNegative(*this, "cap", getCap()))) return failure();
  return getCap().isZero() ? Fail(*this) << "cap is 0" : success();
}

LogicalResult LastRowsOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                           mlir::ValueRange operands, mlir::DictionaryAttr,
                                           mlir::OpaqueProperties, mlir::RegionRange,
                                           llvm::SmallVectorImpl<mlir::Type>& types) {
  auto x = llvm::dyn_cast<RowsType>(operands[0].getType());
  if (!x) return failure();
  int64_t rows = x.getRows() == kTokens ? kOutputs : x.getRows();
  types.push_back(RowsType::get(x.getContext(), rows, x.getFeatures()));
  return success();
}

LogicalResult LastRowsOp::verify() {
  int64_t rows = getX().getType().getRows();
  if (rows == kTokens || rows == 1) return success();
  return Fail(*this) << "rows of x (" << RowsText(rows) << ") are neither tokens nor 1";
}

}  // namespace ingot::ir::xf
