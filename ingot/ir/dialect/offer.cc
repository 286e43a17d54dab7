// What each op gives its kernels: the table of docs/ops.md in code.
#include "ingot/ir/dialect/offer.h"

#include "ingot/ir/dialect/dialect.h"
#include "ingot/kernels/kernel.h"

namespace ingot::ir::xf {
namespace {

using program::Size;

RowsType Rows(mlir::Value value) { return llvm::cast<RowsType>(value.getType()); }
uint64_t Features(mlir::Value value) { return static_cast<uint64_t>(Rows(value).getFeatures()); }
Size RowCount(mlir::Value value) { return RowsSize(Rows(value).getRows()); }
Size Elements(mlir::Value value) { return RowCount(value) * Size(Features(value)); }

// The rows of `w` that are to be read.
RowSlice OfferWeight(std::string_view name, mlir::Value w, std::string_view slice_base,
                     Offer& offer) {
  auto type = llvm::cast<WeightType>(w.getType());
  offer.Bind(name, w);
  offer.format = type.getDtype();
  offer.cols = static_cast<uint64_t>(type.getRows());
  offer.depth = static_cast<uint64_t>(type.getCols());
  offer.bound["W_FORMAT"] = kernels::WeightFormat(type.getDtype());
  offer.slice_base = slice_base;
  return offer.slice.value_or(RowSlice{0, offer.cols});
}

// x, vectors and y of a norm whose weight tells apart `dim` features at a time.
void OfferNorm(mlir::Value x, mlir::Value w, mlir::Value y, double eps, Offer& offer) {
  auto dim = static_cast<uint64_t>(llvm::cast<VecType>(w.getType()).getCount());
  offer.Bind("x", x);
  offer.BindVectors();
  offer.Bind("y", y);
  offer.Count("rows", RowCount(x) * Size(Features(x) / dim));
  offer.Count("dim", dim);
  offer.Number("eps", eps);
  offer.OffsetOf("w_at", w);
  offer.Number("w_add", 0);
  offer.Count("parts", 0);
  offer.depth = dim;
}

void OfferCache(std::string_view name, mlir::Value cache, Offer& offer) {
  offer.Bind(name, cache);
  offer.bound["F16_KV"] = offer.kv_dtype == DType::kF16 ? 1 : 0;
  offer.Count("kv_heads", static_cast<uint64_t>(llvm::cast<KvType>(cache.getType()).getKvHeads()));
  offer.Count("capacity", Size::Capacity());
}

void OfferTable(mlir::Value table, Offer& offer) {
  offer.Bind("table", table);
  offer.bound["INTERLEAVED"] = llvm::cast<TableOp>(table.getDefiningOp()).getInterleaved() ? 1 : 0;
}

// A product of x with the weight that its kernels call `name`.
template <typename Op>
void OfferProduct(Op op, std::string_view name, mlir::Value w, Offer& offer) {
  offer.Bind("x", op.getX());
  const RowSlice slice = OfferWeight(name, w, "n_base", offer);
  offer.Bind("y", op.getY());
  offer.Count("rows", RowCount(op.getX()));
  offer.Count("cols", slice.rows);
  offer.Count("depth", offer.depth);
  offer.Count("n_base", slice.begin);
  offer.Count("ldc", offer.cols);
  offer.Number("alpha", 1);
}

template <typename Op>
void OfferKvWrite(Op op, int64_t rot, Offer& offer) {
  offer.Bind("k", op.getK());
  offer.Bind("v", op.getV());
  OfferCache("cache", op.getCache(), offer);
  offer.BindState();
  offer.Count("rows", RowCount(op.getK()));
  offer.Count("head_dim", static_cast<uint64_t>(op.getCache().getType().getHeadDim()));
  offer.Count("rot", static_cast<uint64_t>(rot));
}

template <typename Op>
void OfferAttention(Op op, Offer& offer) {
  auto kv = op.getCache().getType();
  offer.Bind("q", op.getQ());
  OfferCache("kv", op.getCache(), offer);
  offer.BindState();
  offer.Bind("y", op.getY());
  offer.Count("rows", RowCount(op.getQ()));
  offer.Count("heads", op.getHeads());
  offer.Count("group", op.getHeads() / static_cast<uint64_t>(kv.getKvHeads()));
  offer.Count("window", op.getWindow());
  offer.Number("scale", op.getScale().convertToDouble());
  offer.Number("softcap", op.getSoftcap().convertToDouble());
  offer.bound["HEAD_DIM"] = static_cast<double>(kv.getHeadDim());
  offer.bound["HAS_SOFTCAP"] = op.getSoftcap().isZero() ? 0 : 1;
}

// The vectors, only if there are sinks among them.
void OfferSinks(mlir::Value sinks, Offer& offer) {
  offer.bound["HAS_SINKS"] = sinks ? 1 : 0;
  if (!sinks) return offer.Count("sinks_at", 0);
  offer.BindVectors();
  offer.OffsetOf("sinks_at", sinks);
}

// The pairs of a row and one of its experts, in the place of rows.
template <typename RoutesOrOrder>
Size PairCount(RoutesOrOrder type) {
  return RowsSize(type.getRows()) * Size(static_cast<uint64_t>(type.getTopK()));
}
template <typename RoutesOrOrder>
uint64_t ExpertCount(RoutesOrOrder type) {
  return static_cast<uint64_t>(type.getExperts());
}

// All but what says which experts they are.
template <typename Op, typename RoutesOrOrder>
void OfferExpertMatMul(Op op, RoutesOrOrder routes, Offer& offer) {
  const uint64_t experts = ExpertCount(routes);
  offer.Bind("x", op.getX());
  const RowSlice slice = OfferWeight("w", op.getW(), "expert_base", offer);
  offer.Bind("y", op.getY());
  offer.cols /= experts;
  offer.slice_unit = offer.cols;
  const bool is_shared = Features(op.getX()) == offer.depth;
  offer.Count("rows", PairCount(routes));
  offer.Count("cols", offer.cols);
  offer.Count("depth", offer.depth);
  offer.Count("experts", slice.rows / offer.cols);
  offer.Count("expert_base", slice.begin / offer.cols);
  offer.Count("all_experts", experts);
  offer.Count("x_div", is_shared ? Features(op.getY()) / offer.cols : 1);
  offer.Count("n_base", 0);
  offer.Count("ldc", offer.cols);
  offer.Number("alpha", 1);
}

}  // namespace

void OfferUnary(mlir::Value x, mlir::Value y, Offer& offer) {
  offer.Bind("x", x);
  offer.Bind("y", y);
  offer.Count("size", Elements(x));
  offer.Count("dim", Features(x));
  offer.Count("bias_at", 0);
}

void OfferBinary(mlir::Value a, mlir::Value b, mlir::Value y, Offer& offer) {
  offer.Bind("a", a);
  offer.Bind("b", b);
  offer.Bind("y", y);
  offer.Count("size", Elements(a));
  offer.Count("dim", Features(a));
  offer.Number("scale", 1);
}

void OfferGate(mlir::Value x, mlir::Value up, mlir::Value y, Offer& offer) {
  OfferUnary(x, y, offer);
  offer.Bind("up", up);
}

void EmbedOp::offer(Offer& offer) {
  offer.Bind("ids", getIds());
  const RowSlice slice = OfferWeight("table", getW(), "row_base", offer);
  offer.Bind("y", getY());
  offer.Count("rows", RowCount(getY()));
  offer.Count("dim", Features(getY()));
  offer.Count("vocab", offer.cols);
  offer.Count("row_base", slice.begin);
  offer.Count("row_count", slice.rows);
  offer.Number("scale", 1);
}

void RmsNormOp::offer(Offer& offer) {
  OfferNorm(getX(), getW(), getY(), getEps().convertToDouble(), offer);
}

void LayerNormOp::offer(Offer& offer) {
  OfferNorm(getX(), getW(), getY(), getEps().convertToDouble(), offer);
  // Without a bias the offset is not looked at; the weight's is a legal one.
  offer.OffsetOf("b_at", getB() ? mlir::Value(getB()) : mlir::Value(getW()));
  offer.bound["HAS_BIAS"] = getB() ? 1 : 0;
}

void MatMulOp::offer(Offer& offer) { OfferProduct(*this, "w", getW(), offer); }

void MatMulAddOp::offer(Offer& offer) {
  OfferProduct(*this, "w", getW(), offer);
  offer.Bind("residual", getResidual());
}

// The weights are of one kind, so that slices of one are slices of the other.
void MatMulSwigluOp::offer(Offer& offer) {
  OfferProduct(*this, "w0", getGate(), offer);
  offer.Bind("w1", getUp());
}

void AddBiasOp::offer(Offer& offer) {
  offer.Bind("x", getX());
  offer.BindVectors();
  offer.Bind("y", getY());
  offer.Count("size", Elements(getX()));
  offer.Count("dim", Features(getX()));
  offer.OffsetOf("bias_at", getBias());
}

void RopeOp::offer(Offer& offer) {
  offer.Bind("q", getX());
  OfferTable(getTable(), offer);
  offer.BindState();
  offer.Count("rows", RowCount(getX()));
  offer.Count("heads", getHeads());
  offer.Count("head_dim", Features(getX()) / getHeads());
  offer.Count("rot", static_cast<uint64_t>(getTable().getType().getRot()));
}

void KvWriteOp::offer(Offer& offer) { OfferKvWrite(*this, 0, offer); }

void RopeKvWriteOp::offer(Offer& offer) {
  OfferKvWrite(*this, getTable().getType().getRot(), offer);
  OfferTable(getTable(), offer);
}

void AttentionOp::offer(Offer& offer) {
  OfferAttention(*this, offer);
  OfferSinks(getSinks(), offer);
}

void AttentionSplitOp::offer(Offer& offer) {
  OfferAttention(*this, offer);
  offer.bound["SPLITS"] = static_cast<double>(getSplits());
}

void AttentionMergeOp::offer(Offer& offer) {
  offer.Bind("part", getPart());
  offer.Bind("y", getY());
  offer.Count("rows", RowCount(getY()));
  offer.Count("heads", getHeads());
  offer.bound["HEAD_DIM"] = static_cast<double>(Features(getY()) / getHeads());
  offer.bound["SPLITS"] = static_cast<double>(getSplits());
  OfferSinks(getSinks(), offer);
}

void SoftmaxOp::offer(Offer& offer) {
  offer.Bind("x", getX());
  offer.Bind("y", getY());
  offer.Count("outer", RowCount(getX()));
  offer.Count("inner", Features(getX()));
  offer.Number("inv_temp", 1);
  offer.depth = Features(getX());
}

void ScaleOp::offer(Offer& offer) {
  OfferUnary(getX(), getY(), offer);
  offer.Number("scale", getFactor().convertToDouble());
}

void SoftcapOp::offer(Offer& offer) {
  OfferUnary(getX(), getY(), offer);
  offer.Number("softcap", getCap().convertToDouble());
}

void LastRowsOp::offer(Offer& offer) {
  offer.Bind("x", getX());
  offer.Bind("y", getY());
  offer.Count("rows", RowCount(getX()));
  offer.Count("outputs", RowCount(getY()));
  offer.Count("dim", Features(getX()));
}

void SwigluOaiOp::offer(Offer& offer) {
  OfferUnary(getX(), getY(), offer);
  offer.Bind("up", getUp());
  offer.Number("limit", getLimit().convertToDouble());
  offer.Number("alpha", getAlpha().convertToDouble());
}

void TopKOp::offer(Offer& offer) {
  offer.Bind("x", getX());
  offer.Bind("routes", getRoutes());
  offer.Bind("y", getY());
  offer.Count("rows", RowCount(getX()));
  offer.Count("experts", Features(getX()));
  offer.Count("top_k", Features(getY()));
  offer.bound["RENORM"] = getRenormalise() ? 1 : 0;
}

void ExpertMatMulOp::offer(Offer& offer) {
  OfferExpertMatMul(*this, getRoutes().getType(), offer);
  offer.Bind("routes", getRoutes());
}

void ExpertOrderOp::offer(Offer& offer) {
  offer.Bind("routes", getRoutes());
  offer.Bind("y", getY());
  offer.Count("rows", PairCount(getRoutes().getType()));
  offer.Count("experts", ExpertCount(getRoutes().getType()));
}

void ExpertMatMulGroupedOp::offer(Offer& offer) {
  OfferExpertMatMul(*this, getOrder().getType(), offer);
  offer.Bind("order", getOrder());
}

void ExpertBiasOp::offer(Offer& offer) {
  const auto count = static_cast<uint64_t>(getBias().getType().getCount());
  const uint64_t dim = count / ExpertCount(getRoutes().getType());
  offer.Bind("x", getX());
  offer.Bind("routes", getRoutes());
  offer.BindVectors();
  offer.Bind("y", getY());
  offer.Count("rows", PairCount(getRoutes().getType()));
  offer.Count("size", PairCount(getRoutes().getType()) * Size(dim));
  offer.Count("dim", dim);
  offer.Count("experts", ExpertCount(getRoutes().getType()));
  offer.OffsetOf("bias_at", getBias());
}

void ExpertSumOp::offer(Offer& offer) {
  offer.Bind("x", getX());
  offer.Bind("weights", getWeights());
  offer.Bind("y", getY());
  offer.Count("rows", RowCount(getY()));
  offer.Count("dim", Features(getY()));
  offer.Count("top_k", Features(getWeights()));
}

}  // namespace ingot::ir::xf
